from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.log.base import NewRecord
from processors.spikes.windows import Rules
from schemas.alert import Alert, Notification, Tick
from schemas.answers import Answer
from schemas.base import Contract, decode, encode
from schemas.errors import InvalidEvent
from schemas.events import Channel
from schemas.ids import derive
from schemas.interaction import Interaction
from streams.runners.driver import run_three_ways
from streams.stages.watch import watch
from streams.topology import Emit, Message, Topology, V

START = datetime(2026, 3, 2, tzinfo=UTC)
SHAPE = np.repeat(1 + 0.7 * np.sin((np.arange(24) - 8) / 24 * 2 * np.pi), 12)
BRANDS = ("Northwind", "Contoso", "Fabrikam")


class Memory:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.loads = 0

    def load(self, key: str, as_type: type[V]) -> V | None:
        self.loads += 1
        held = self.kept.get(key)
        return None if held is None else decode(held, as_type)

    def save(self, key: str, value: Contract) -> None:
        self.kept[key] = encode(value)

    def forget(self, key: str) -> None:
        self.kept.pop(key, None)

    def prefetch(self, keys: Iterable[str]) -> None:
        list(keys)

    def answer(self, message: Message) -> Answer | None:
        return None


class Watching:
    """The stage with its state, fed by hand."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.memory = Memory()
        self.stage = watch(rules)
        self.emitted: list[Emit] = []

    def feed(self, *values: Contract) -> list[Alert]:
        found = list(self.stage.process([message(value) for value in values], self.memory))
        self.emitted += found
        return [emit.value for emit in found if isinstance(emit.value, Alert)]

    def tick(self, now: datetime, *, idle: bool = False) -> list[Alert]:
        return self.feed(Tick(now=now, idle=idle))


def message(value: Contract) -> Message:
    topic = "ticks" if isinstance(value, Tick) else "conversations"
    return Message(topic, "k", "i", 0, 0, value)


def contact(
    name: str,
    at: datetime,
    *,
    negative: bool,
    brand: str = "Northwind",
    revision: int = 1,
    text: str = "",
) -> Interaction:
    return Interaction(
        id=derive("test", name),
        tenant="acme",
        reference=name,
        source="test",
        channel=Channel.CHAT,
        started_at=at,
        ended_at=at,
        revision=revision,
        negative=negative,
        preview=text,
        attributes={"brand": brand},
    )


def season(
    days: int, *, per_bucket: float, seed: int, brand: str = "Northwind"
) -> list[Interaction]:
    """Draw quiet days: volume by hour of day, busier and calmer days, 30 % negative."""
    rng = np.random.default_rng(seed)
    found = []
    for day in range(days):
        busy = rng.gamma(100, 0.01)
        counts = rng.poisson(per_bucket * SHAPE * busy)
        for slot, contacts in enumerate(counts):
            at = START + timedelta(days=day, minutes=5 * slot)
            for number in range(contacts):
                negative = bool(rng.random() < 0.3)
                name = f"{brand}-{day}-{slot}-{number}"
                found.append(
                    contact(
                        name,
                        at + timedelta(seconds=7 * number % 300),
                        negative=negative,
                        brand=brand,
                        text="my invoice looks wrong",
                    )
                )
    return found


def outage(
    begins: datetime, *, minutes: int, per_bucket: int, brand: str = "Northwind"
) -> list[Interaction]:
    return [
        contact(
            f"outage-{brand}-{begins:%d%H%M}-{slot}-{number}",
            begins + timedelta(minutes=5 * slot, seconds=number),
            negative=True,
            brand=brand,
            text="total outage since this morning",
        )
        for slot in range(minutes // 5)
        for number in range(per_bucket)
    ]


def after(days: float) -> datetime:
    return START + timedelta(days=days)


LATER = after(400)
WEEK = season(6, per_bucket=0.7, seed=3)
STORM = outage(after(5) + timedelta(hours=14), minutes=60, per_bucket=6)


def firing(alerts: Sequence[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.state == "firing"]


def test_a_quiet_month_gives_no_alert() -> None:
    watching = Watching()
    for number, brand in enumerate(BRANDS):
        watching.feed(*season(30, per_bucket=1.5, seed=number, brand=brand))
    assert watching.tick(LATER) == []


def test_an_outage_of_one_brand_gives_one_alert_for_that_brand_and_it_clears() -> None:
    watching = Watching()
    begins = after(9) + timedelta(hours=14)
    for number, brand in enumerate(BRANDS):
        watching.feed(*season(11, per_bucket=1.0, seed=number, brand=brand))
    watching.feed(*outage(begins, minutes=120, per_bucket=8))
    alerts = watching.tick(LATER)
    [fired] = firing(alerts)
    assert fired.segment == "brand=Northwind"
    assert begins <= fired.started_at <= fired.fired_at <= begins + timedelta(minutes=30)
    assert "outage" in fired.terms
    assert 3 <= len(fired.examples) <= 5
    assert [window.minutes for window in fired.windows] == [15, 60, 240]
    assert min(window.count_p for window in fired.windows) < 1e-3
    [cleared] = [alert for alert in alerts if alert.state == "cleared"]
    assert (cleared.id, cleared.revision) == (fired.id, fired.revision + 1)
    assert cleared.cleared_at is not None
    assert begins + timedelta(minutes=120) < cleared.cleared_at < begins + timedelta(hours=6)
    notes = [e.value for e in watching.emitted if isinstance(e.value, Notification)]
    assert [note.alert for note in notes] == [fired]


def test_two_brands_with_outages_of_their_own_are_two_causes() -> None:
    watching = Watching()
    for number, brand in enumerate(BRANDS):
        watching.feed(*season(8, per_bucket=1.0, seed=number, brand=brand))
    watching.feed(*outage(after(5.5), minutes=90, per_bucket=8, brand="Contoso"))
    watching.feed(*outage(after(6.6), minutes=90, per_bucket=8, brand="Fabrikam"))
    segments = [alert.segment for alert in firing(watching.tick(LATER))]
    assert segments == ["brand=Contoso", "brand=Fabrikam"]


def test_a_share_that_jumps_at_the_usual_volume_alerts() -> None:
    watching = Watching()
    quiet = season(8, per_bucket=2.0, seed=5)
    begins, ends = after(6) + timedelta(hours=12), after(6) + timedelta(hours=16)
    turned = [
        contact(one.reference, one.started_at, negative=True, text=one.preview)
        if begins <= one.started_at < ends
        else one
        for one in quiet
    ]
    watching.feed(*turned)
    [alert] = firing(watching.tick(LATER))
    assert begins < alert.fired_at < ends
    assert min(window.share_p for window in alert.windows) < 1e-3


def test_there_is_no_alert_before_three_days_of_history() -> None:
    watching = Watching()
    watching.feed(*season(2, per_bucket=1.0, seed=1))
    watching.feed(*outage(after(1.8), minutes=60, per_bucket=20))
    assert watching.tick(LATER) == []


def test_an_old_date_and_a_far_future_date_move_nothing() -> None:
    plain, odd = Watching(), Watching()
    stray = [
        contact("old", START - timedelta(days=12_000), negative=True),
        contact("ahead", START + timedelta(days=9_000), negative=True),
    ]
    plain.feed(*WEEK, *STORM)
    odd.feed(*stray, *WEEK, *STORM)
    assert firing(plain.tick(LATER)) == firing(odd.tick(LATER)) != []


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32))
def test_order_repetition_and_older_revisions_do_not_change_the_state(seed: int) -> None:
    straight, mixed = Watching(), Watching()
    newer = [
        contact(one.reference, one.started_at, negative=one.negative, revision=3, text=one.preview)
        for one in WEEK[::7]
    ]
    wrong = [
        contact(one.reference, one.started_at, negative=not one.negative, revision=2)
        for one in WEEK[::7]
    ]
    straight.feed(*WEEK, *STORM, *wrong, *newer)
    pile = [*WEEK, *STORM, *wrong, *newer, *WEEK[::3]]
    Random(seed).shuffle(pile)
    for at in range(0, len(pile), 97):
        mixed.feed(*pile[at : at + 97])
    assert straight.tick(LATER) == mixed.tick(LATER)
    assert straight.memory.kept == mixed.memory.kept


def test_in_order_shuffled_and_repeated_with_crashes_end_with_equal_alerts() -> None:
    def record(value: Contract, key: str) -> NewRecord:
        topic = "ticks" if isinstance(value, Tick) else "conversations"
        name = derive("record", key)
        return NewRecord(topic, key, name, 0, encode(value))

    events = [record(one, one.id) for one in [*WEEK[::2], *STORM]]
    ticks = [record(Tick(now=LATER), "tick")]
    states = run_three_ways(Topology(stages=(watch(),)), [events, ticks], seed=4)
    first, *others = states.values()
    assert any("brand=Northwind" in row.decode() for row in first.rows["alerts"].values())
    assert all(other == first for other in others)


def test_live_ticks_fire_within_the_current_bucket_and_a_repeated_tick_says_nothing() -> None:
    watching = Watching()
    begins = after(5) + timedelta(hours=14)
    watching.feed(*[one for one in WEEK if one.started_at < begins])
    assert watching.tick(begins) == []
    fired: list[Alert] = []
    for minute in range(5, 65, 5):
        now = begins + timedelta(minutes=minute)
        past = (one for one in STORM if now - timedelta(minutes=5) <= one.started_at < now)
        watching.feed(*past)
        fired += watching.tick(now - timedelta(minutes=1))
        loads = watching.memory.loads
        assert watching.tick(now - timedelta(minutes=1)) == []
        assert watching.memory.loads - loads <= 4
    [alert] = fired
    assert alert.fired_at < begins + timedelta(minutes=25)
    assert alert.segment == "brand=Northwind"


def test_late_events_never_fire_or_withdraw_a_decided_alert() -> None:
    watching = Watching()
    begins = after(5) + timedelta(hours=14)
    watching.feed(*WEEK, *STORM)
    alerts = watching.tick(begins + timedelta(minutes=70))
    [alert] = firing(alerts)
    friendlier = [
        contact(one.reference, one.started_at, negative=False, revision=2) for one in STORM
    ]
    watching.feed(*friendlier)
    watching.feed(*outage(after(4.2), minutes=60, per_bucket=9))
    again = watching.tick(begins + timedelta(minutes=75))
    assert firing(again) == []
    assert {one.id for one in again} <= {alert.id}


def test_history_that_comes_in_backwards_between_ticks_is_still_decided() -> None:
    whole, piecemeal = Watching(), Watching()
    pile = sorted([*WEEK, *STORM], key=lambda one: one.started_at, reverse=True)
    whole.feed(*pile)
    for at in range(0, len(pile), 200):
        piecemeal.feed(*pile[at : at + 200])
        piecemeal.tick(LATER)
    piecemeal.tick(LATER, idle=True)
    told = [e.value.id for e in piecemeal.emitted if isinstance(e.value, Alert)]
    assert told == [alert.id for alert in whole.tick(LATER)]


def test_tenants_do_not_share_counts() -> None:
    watching = Watching()
    watching.feed(*WEEK)
    other = [
        Interaction(**{**{n: getattr(one, n) for n in one.__struct_fields__}, "tenant": "zeta"})
        for one in STORM
    ]
    watching.feed(*other)
    assert watching.tick(LATER) == []


def test_a_record_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidEvent):
        Watching().feed(
            Notification(
                id="n",
                tenant="t",
                alert=Alert(
                    id="a", tenant="t", rule="r", segment="all", started_at=START, fired_at=START
                ),
            )
        )
