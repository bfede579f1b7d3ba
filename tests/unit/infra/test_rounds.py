from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

import pytest

from infra.rounds import TOGETHER, Rounds


class Steps:
    """Doubles numbers in two steps, of which it keeps a diary; the first ask waits for `open`."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()
        self.diary: list[tuple[str, int]] = []

    def __call__(self, number: int) -> Generator[None, None, int]:
        self.begun.set()
        assert self.open.wait(10)
        self.diary.append(("first", number))
        yield
        if number < 0:
            raise ValueError(number)
        self.diary.append(("second", number))
        return 2 * number


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def rounds(steps: Steps) -> Iterator[Rounds[int, int]]:
    threads = Rounds(steps, threads=1, name="test")
    yield threads
    steps.open.set()
    threads.close()


def test_what_waits_takes_each_step_together(steps: Steps, rounds: Rounds[int, int]) -> None:
    alone = rounds.submit(0)
    assert steps.begun.wait(10)
    others = [rounds.submit(number) for number in (1, 2)]
    steps.open.set()
    assert [future.result(10) for future in (alone, *others)] == [0, 2, 4]
    assert steps.diary == [
        ("first", 0), ("second", 0), ("first", 1), ("first", 2), ("second", 1), ("second", 2),
    ]  # fmt: skip


def test_no_more_than_the_limit_wait_for_each_other(steps: Steps, rounds: Rounds[int, int]) -> None:
    rounds.submit(0)
    assert steps.begun.wait(10)
    others = [rounds.submit(number) for number in range(1, TOGETHER + 2)]
    steps.open.set()
    others[-1].result(10)
    assert steps.diary.index(("second", 1)) < steps.diary.index(("first", TOGETHER + 1))


def test_a_fault_is_told_to_who_asked_and_to_nobody_else(
    steps: Steps, rounds: Rounds[int, int]
) -> None:
    rounds.submit(0)
    assert steps.begun.wait(10)
    wrong, right = rounds.submit(-1), rounds.submit(1)
    steps.open.set()
    with pytest.raises(ValueError, match="-1"):
        wrong.result(10)
    assert right.result(10) == 2


def test_what_was_called_off_is_not_begun(steps: Steps, rounds: Rounds[int, int]) -> None:
    rounds.submit(0)
    assert steps.begun.wait(10)
    off, kept = rounds.submit(1), rounds.submit(2)
    assert off.cancel()
    steps.open.set()
    assert kept.result(10) == 4
    assert ("first", 1) not in steps.diary


def test_closing_drops_what_has_not_begun(steps: Steps, rounds: Rounds[int, int]) -> None:
    first = rounds.submit(0)
    assert steps.begun.wait(10)
    later = rounds.submit(1)
    threading.Timer(0.1, steps.open.set).start()
    rounds.close()
    assert first.result(0) == 0
    assert later.cancelled()
