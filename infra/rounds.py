"""Answer texts some at a time: all that wait take each step together, then the next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, NamedTuple, TypeVar

A = TypeVar("A")
R = TypeVar("R")

TOGETHER = 64
"""So many texts wait for each other at most: about 0.2 s, and only where more are waiting."""


class _Work(NamedTuple, Generic[A, R]):
    ask: A
    future: Future[R]


class Rounds(Generic[A, R]):
    """Threads that take some of the asks that wait, and have them answered together.

    `answer` gives the answers to some asks, in their order; none may depend on the others. A
    graph of 20 MB drives all else out of the caches of a core, so that what comes between two
    runs of it costs three times what it costs beside its like.
    """

    def __init__(
        self, answer: Callable[[Sequence[A]], Sequence[R]], *, threads: int, name: str
    ) -> None:
        self._answer = answer
        self._threads = threads
        self._waiting: deque[_Work[A, R]] = deque()
        self._leading = 0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def submit(self, ask: A) -> Future[R]:
        """Start to answer; errors come out of the future."""
        work = _Work[A, R](ask, Future())
        with self._lock:
            self._waiting.append(work)
            if self._leading < self._threads:
                self._leading += 1
                self._pool.submit(self._lead)
        return work.future

    def close(self) -> None:
        """Drop what has not begun, and wait for what has."""
        with self._lock:
            while self._waiting:
                self._waiting.popleft().future.cancel()
        self._pool.shutdown(wait=True)

    def _lead(self) -> None:
        while taken := self._take():
            going = [work for work in taken if work.future.set_running_or_notify_cancel()]
            if going:
                self._tell(going)

    def _take(self) -> list[_Work[A, R]]:
        """Take a fair share, so that no thread idles while another has texts in hand."""
        with self._lock:
            share = min(TOGETHER, -(-len(self._waiting) // self._threads))
            if not share:
                self._leading -= 1
            return [self._waiting.popleft() for _ in range(share)]

    def _tell(self, going: Sequence[_Work[A, R]]) -> None:
        try:
            answers = self._answer([work.ask for work in going])
        except BaseException as error:  # noqa: BLE001  # as executors do: told to who asked
            if len(going) == 1:
                going[0].future.set_exception(error)
            for work in going if len(going) > 1 else ():
                self._tell([work])  # the fault of one is not that of its company
            return
        for work, answer in zip(going, answers, strict=True):
            work.future.set_result(answer)
