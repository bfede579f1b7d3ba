"""Gaps of the ledger become one alert per step, from the first contact to the last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infra.log.base import NewRecord
from schemas.alert import Alert, Notification
from schemas.base import decode, encode
from schemas.ledger import Gap, Step
from schemas.topics import GAPS, NOTIFICATIONS
from streams.runners.driver import TestDriver, run_three_ways
from streams.stages.watch import watch
from streams.topology import Topology

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


def gap(contact: str, minute: int, *, open: bool, step: Step = Step.TAGGED) -> NewRecord:
    at = AT + timedelta(minutes=minute)
    value = Gap(
        tenant="acme", interaction=contact, step=step, at=at, open=open, revision=minute + 1
    )
    return NewRecord(GAPS.name, f"acme/{contact}", f"{contact}/{minute}/{step}", 0, encode(value))


def alerts(driver: TestDriver) -> list[Alert]:
    rows = driver.store.rows.get("alerts", {}).values()
    found = [one for _, one in rows if isinstance(one, Alert)]
    return sorted(found, key=lambda one: (one.started_at, one.segment))


def sent(driver: TestDriver) -> list[Notification]:
    return [decode(one.value, Notification) for one in driver.log.read([NOTIFICATIONS.name], {}, 9)]


def fed(*phases: list[NewRecord]) -> TestDriver:
    driver = TestDriver(Topology((watch(),)))
    for phase in phases:
        driver.feed(phase)
        driver.run()
    return driver


def test_many_contacts_at_one_step_are_one_alert_that_is_told_once() -> None:
    driver = fed([gap(f"i{n}", 0, open=True) for n in range(7)], [gap("i8", 3, open=True)])
    (alert,) = alerts(driver)
    assert (alert.rule, alert.segment, alert.state) == ("ledger-gap", "step=tagged", "firing")
    assert alert.about == "8 contacts not tagged in time"
    assert alert.examples == ("i0", "i1", "i2", "i3", "i4")
    (note,) = sent(driver)
    assert note.alert.id == alert.id


def test_each_step_has_an_alert_of_its_own() -> None:
    driver = fed([gap("i1", 0, open=True), gap("i1", 0, open=True, step=Step.INDEXED)])
    assert [one.segment for one in alerts(driver)] == ["step=indexed", "step=tagged"]
    assert len(sent(driver)) == 2


def test_it_clears_with_the_last_contact_and_the_next_gap_is_another_alert() -> None:
    begun = [gap("i1", 0, open=True), gap("i2", 0, open=True)]
    one_left = [gap("i1", 5, open=False)]
    assert [one.state for one in alerts(fed(begun, one_left))] == ["firing"]
    over = [gap("i2", 6, open=False)]
    (cleared,) = alerts(fed(begun, one_left, over))
    assert (cleared.state, cleared.cleared_at) == ("cleared", AT + timedelta(minutes=6))
    again = fed(begun, one_left, over, [gap("i1", 9, open=True)])
    assert [one.state for one in alerts(again)] == ["cleared", "firing"]
    assert len({note.id for note in sent(again)}) == 2


def test_an_episode_that_ends_where_the_next_begins_is_cleared_too() -> None:
    driver = fed([gap("i1", 0, open=True)], [gap("i1", 5, open=False), gap("i1", 9, open=True)])
    assert [one.state for one in alerts(driver)] == ["cleared", "firing"]


@pytest.mark.parametrize("seed", range(5))
def test_order_repetition_and_crashes_do_not_matter(seed: int) -> None:
    phases = [
        [gap(f"i{n}", 0, open=True) for n in range(6)],
        [gap("i9", 6, open=True)],
        [gap(f"i{n}", 7, open=False) for n in range(6)],
        [gap("i9", 8, open=False)],
        [gap("i3", 9, open=True)],
    ]
    first, *others = run_three_ways(Topology((watch(),)), phases, seed=seed).values()
    assert len(first.rows["alerts"]) == 2
    assert all(one.rows["alerts"] == first.rows["alerts"] for one in others)
