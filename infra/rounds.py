"""Answer texts some at a time: the same step for each of them, then the next step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")

TOGETHER = 32
"""So many texts wait for each other at most: about 0.12 s, and only where more are waiting."""


class Rounds(Generic[A, R]):
    """Threads that take some of the asks that wait, and lead them through their steps together.

    `steps` answers one ask and yields between its steps. A graph of 20 MB drives all else out of
    the caches of a core, so that what comes between two runs of it costs three times what it
    costs beside its like. Answers do not depend on what is answered together.
    """

    def __init__(
        self, steps: Callable[[A], Generator[None, None, R]], *, threads: int, name: str
    ) -> None:
        self._steps = steps
        self._threads = threads
        self._waiting: deque[_Work[R]] = deque()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def submit(self, ask: A) -> Future[R]:
        """Start to answer; errors come out of the future."""
        work = _Work(self._steps(ask))
        self._waiting.append(work)
        self._pool.submit(self._lead)
        return work.future

    def close(self) -> None:
        """Drop what has not begun, and wait for what has."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for work in self._waiting:
            work.future.cancel()

    def _lead(self) -> None:
        # A fair share, so that no thread idles while another has texts in hand.
        share = min(TOGETHER, -(-len(self._waiting) // self._threads))
        going = [work for work in map(self._next, range(share)) if work is not None]
        while going:
            going = [work for work in going if work.goes_on()]

    def _next(self, _: int) -> _Work[R] | None:
        try:
            work = self._waiting.popleft()
        except IndexError:  # another thread was faster
            return None
        return work if work.future.set_running_or_notify_cancel() else None


class _Work(Generic[R]):
    def __init__(self, steps: Generator[None, None, R]) -> None:
        self.future: Future[R] = Future()
        self._steps = steps

    def goes_on(self) -> bool:
        """Take one step; tell whether there are more."""
        try:
            next(self._steps)
        except StopIteration as end:
            self.future.set_result(end.value)
        except BaseException as error:  # noqa: BLE001  # as executors do: told to who asked
            self.future.set_exception(error)
        else:
            return True
        return False
