from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from infra.rounds import TOGETHER, Rounds


class Doubler:
    """Doubles numbers, and keeps a diary of what came together; all wait for `open`."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()
        self.diary: list[list[int]] = []

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.begun.set()
        assert self.open.wait(10)
        self.diary.append(list(numbers))
        if min(numbers) < 0:
            raise ValueError(min(numbers))
        return [2 * number for number in numbers]


@pytest.fixture
def doubler() -> Doubler:
    return Doubler()


@pytest.fixture
def rounds(doubler: Doubler) -> Iterator[Rounds[int, int]]:
    threads = Rounds(doubler, threads=1, name="test")
    yield threads
    doubler.open.set()
    threads.close()


def test_what_waits_is_answered_together(doubler: Doubler, rounds: Rounds[int, int]) -> None:
    alone = rounds.submit(0)
    assert doubler.begun.wait(10)
    others = [rounds.submit(number) for number in (1, 2)]
    doubler.open.set()
    assert [future.result(10) for future in (alone, *others)] == [0, 2, 4]
    assert doubler.diary == [[0], [1, 2]]


def test_no_more_than_the_limit_wait_for_each_other(
    doubler: Doubler, rounds: Rounds[int, int]
) -> None:
    rounds.submit(0)
    assert doubler.begun.wait(10)
    others = [rounds.submit(number) for number in range(1, TOGETHER + 2)]
    doubler.open.set()
    others[-1].result(10)
    assert doubler.diary == [[0], list(range(1, TOGETHER + 1)), [TOGETHER + 1]]


def test_a_fault_is_told_to_who_asked_and_to_nobody_else(
    doubler: Doubler, rounds: Rounds[int, int]
) -> None:
    rounds.submit(0)
    assert doubler.begun.wait(10)
    before, wrong, after = (rounds.submit(number) for number in (1, -1, 2))
    doubler.open.set()
    with pytest.raises(ValueError, match="-1"):
        wrong.result(10)
    assert (before.result(10), after.result(10)) == (2, 4)


def test_what_was_called_off_is_not_begun(doubler: Doubler, rounds: Rounds[int, int]) -> None:
    rounds.submit(0)
    assert doubler.begun.wait(10)
    off, kept = rounds.submit(1), rounds.submit(2)
    assert off.cancel()
    doubler.open.set()
    assert kept.result(10) == 4
    assert doubler.diary == [[0], [2]]


def test_closing_drops_what_has_not_begun(doubler: Doubler, rounds: Rounds[int, int]) -> None:
    first = rounds.submit(0)
    assert doubler.begun.wait(10)
    later = rounds.submit(1)
    threading.Timer(0.1, doubler.open.set).start()
    rounds.close()
    assert first.result(0) == 0
    assert later.cancelled()
