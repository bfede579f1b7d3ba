"""Whatever is lost, late, doubled or damaged between stages: the ledger names it, and mends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.admission import Door, inbound_id
from infra.log.base import NewRecord
from infra.log.memory import MemoryLog
from infra.search.memory import MemorySearch
from infra.store.memory import MemoryStore
from processors.ledger import timeless
from processors.ledger.standing import STAGE_OF
from schemas.alert import Alert
from schemas.base import decode, encode
from schemas.events import Body, Channel, Event, Format, Kind, Media, Party, Payload, Role, Track
from schemas.ledger import Deadlines, Gap, LedgerEntry, LedgerRules
from schemas.topics import (
    ARRIVALS,
    GAPS,
    INBOUND,
    INTERACTIONS,
    RECEIPTS,
    RECORDINGS,
    REMINDERS,
    TAGGED,
    UTTERANCES,
)
from streams.delivery import Backend
from streams.pipeline import PipelineRules, pipeline
from streams.runners.embedded import EmbeddedRunner
from streams.runners.follow_up import AGAIN_MS, FollowUp
from tests.unit.streams.runners.test_embedded import FakeEngines

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
DEADLINE_S = 600
RULES = LedgerRules(
    deadlines=Deadlines(normalised=10, transcribed=10, tagged=10, assembled=10, indexed=10),
    redrives=10,
)
BOUNDARIES = (INBOUND, INTERACTIONS, UTTERANCES, RECORDINGS, TAGGED, RECEIPTS, ARRIVALS)
FATES = ("drop", "delay", "duplicate", "corrupt")


class Fault(NamedTuple):
    """What becomes of the nth record that is written to a topic."""

    topic: str
    number: int
    fate: str


class FaultyLog(MemoryLog):
    """Loses, holds back, doubles or damages some records, each once."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        super().__init__()
        self._fates = {(fault.topic, fault.number): fault.fate for fault in faults}
        self._written: dict[str, list[str]] = {}
        self._held: list[NewRecord] = []

    def append(self, records: Sequence[NewRecord]) -> None:
        for record in records:
            super().append(self._changed(record))

    def _changed(self, record: NewRecord) -> list[NewRecord]:
        seen = self._written.setdefault(record.topic, [])
        if record.id in seen:
            return [record]
        seen.append(record.id)
        match self._fates.get((record.topic, len(seen) - 1)):
            case "drop":
                return []
            case "delay":
                self._held.append(record)
                return []
            case "duplicate":
                return [record, record]
            case "corrupt":
                return [record._replace(value=record.value[: len(record.value) // 2])]
        return [record]

    def release(self) -> None:
        """Let what was held back arrive."""
        held, self._held = self._held, []
        super().append(held)


class Plant:
    """A pipeline in memory whose clock stands still until it is told."""

    def __init__(self, faults: Sequence[Fault] = (), rules: LedgerRules = RULES) -> None:
        self.now_ms = round(START.timestamp() * 1000)
        self.log, self.store, self.search = FaultyLog(faults), MemoryStore(), MemorySearch()
        backend = Backend(self.log, self.store, self.search)
        topology = pipeline(PipelineRules(ledger=rules))
        follow_up = FollowUp(backend, topology, rules, self.clock)
        self.door = Door(self.log, self.store, self.clock)
        self._runner = EmbeddedRunner(
            topology, backend, FakeEngines(), self.clock, sidelines=(follow_up,)
        )

    def clock(self) -> int:
        return self.now_ms

    def pass_time(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)
        self._runner.run_until_idle()

    def mend(self) -> None:
        """Let ticks come, each long after the one before; the source sends all of it again."""
        for _ in range(12):
            # What is gone from the log itself only its source can give.
            self.door.admit(INPUTS)
            self.pass_time(1000 * DEADLINE_S)

    def entries(self) -> dict[str, LedgerEntry]:
        rows = self.store.rows.get("ledger", {}).values()
        return {one.interaction: one for _, one in rows if isinstance(one, LedgerEntry)}

    def contacts(self) -> dict[str, LedgerEntry]:
        return {id: one for id, one in self.entries().items() if one.counts}

    def made(self) -> dict[str, bytes]:
        """Give everything that people can find: documents of the index, and interactions."""
        found = {doc.utterance.id: encode(doc) for doc in self.search.documents()}
        rows = self.store.rows.get("conversations", {})
        return found | {id: encode(one) for id, (_, one) in rows.items()}

    def alerts(self) -> list[Alert]:
        rows = self.store.rows.get("alerts", {}).values()
        return [one for _, one in rows if isinstance(one, Alert)]

    def sent(self) -> list[str]:
        return [record.id for record in self.log.read(["notifications"], {}, 1000)]


def _event(number: int, kind: Kind, channel: Channel, **fields: object) -> Event:
    return Event(
        id=f"e{number}", tenant="acme", source="test", channel=channel, kind=kind,
        interaction=f"i{number % 3}-{channel}-{kind == Kind.PROFILE}",
        occurred_at=START + timedelta(minutes=number),
        party=Party(role=Role.CUSTOMER, name="Ana", identifiers=("email:ana@example.com",)),
        **fields,  # type: ignore[arg-type]  # whatever the kind needs
    )  # fmt: skip


def _mail(number: int) -> Payload:
    text = (
        f"From: ana@example.com\nTo: help@example.org\nSubject: Bill {number}\n"
        f"Message-ID: <m{number}@example.com>\nDate: Mon, 02 Nov 2026 09:00:00 +0000\n\nHello.\n"
    )
    return Payload(
        payload=Format.EMAIL, id=f"m{number}", tenant="acme", source="mail", name=f"{number}.eml",
        data=text.encode(),
    )  # fmt: skip


INPUTS: tuple[Event | Payload, ...] = (
    *(_event(n, Kind.MESSAGE, Channel.CHAT, body=Body(text=f"hello {n}")) for n in range(6)),
    *(
        _event(n, Kind.RECORDING, Channel.VOICE, media=Media(tracks=(Track(blob=f"{n:040}"),)))
        for n in range(6, 8)
    ),
    _event(8, Kind.PROFILE, Channel.CHAT),
    _mail(1),
    _mail(2),
)


def _truth() -> Plant:
    plant = Plant()
    plant.door.admit(INPUTS)
    plant.pass_time(0)
    assert {one.state for one in plant.entries().values()} == {"complete"}
    return plant


TRUTH = _truth()
OWNERS = {doc.utterance.id: doc.utterance.interaction for doc in TRUTH.search.documents()} | {
    id: id for id in TRUTH.store.rows["conversations"]
}

PLANS = st.lists(
    st.builds(
        Fault,
        st.sampled_from([topic.name for topic in BOUNDARIES]),
        st.integers(0, 14),
        st.sampled_from(FATES),
    ),
    max_size=12,
    unique_by=lambda fault: (fault.topic, fault.number),
).map(lambda plan: [one for one in plan if not _is_unknowable(one)])


def _is_unknowable(fault: Fault) -> bool:
    """Leave the door's word alone: where it and the input are lost, only the source knows."""
    return fault.topic == ARRIVALS.name and fault.fate != "duplicate"


def _named(plant: Plant) -> set[str]:
    """Name the contacts that the ledger has told of, also those that it has put back since."""
    told = [decode(record.value, Gap) for record in plant.log.read([GAPS.name], {}, 1000)]
    failed = {id for id, one in plant.entries().items() if one.state == "failed"}
    return failed | {gap.interaction for gap in told}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PLANS)
def test_what_a_fault_takes_is_named_within_its_deadline_and_mended_without_doubles(
    faults: list[Fault],
) -> None:
    plant = Plant(faults)
    for one in INPUTS:
        plant.door.admit([one])
    plant.pass_time(1)
    plant.pass_time(DEADLINE_S)

    found = plant.made()
    lost = {OWNERS[id] for id, document in TRUTH.made().items() if found.get(id) != document}
    assert lost <= _named(plant)

    plant.log.release()
    plant.mend()
    assert plant.made() == TRUTH.made()
    assert len(plant.search.documents()) == len(TRUTH.search.documents())
    states = {id: one.state for id, one in plant.contacts().items()}
    assert states == {id: one.state for id, one in TRUTH.contacts().items()}
    assert {one.state for one in plant.alerts()} <= {"cleared"}
    assert len(plant.sent()) == len(set(plant.sent()))


@pytest.mark.parametrize("topic", [topic.name for topic in BOUNDARIES if topic is not ARRIVALS])
@pytest.mark.parametrize("fate", ["drop", "corrupt"])
def test_a_record_that_is_lost_at_any_boundary_is_alerted_once_and_put_back(
    topic: str, fate: str
) -> None:
    plant = Plant([Fault(topic, 0, fate)])
    plant.door.admit(INPUTS)
    plant.pass_time(1)
    assert not plant.alerts()
    plant.pass_time(DEADLINE_S)
    assert len(plant.alerts()) == len(plant.sent()) > 0
    plant.mend()
    assert plant.made() == TRUTH.made()
    assert {one.state for one in plant.contacts().values()} == {"complete"}
    assert {one.state for one in plant.alerts()} == {"cleared"}
    assert len(plant.alerts()) == len(plant.sent())


def test_a_lost_reminder_is_sent_again() -> None:
    plant = Plant([Fault(UTTERANCES.name, 0, "drop"), Fault(REMINDERS.name, 0, "drop")])
    plant.door.admit(INPUTS)
    plant.pass_time(1)
    plant.pass_time(DEADLINE_S)
    assert not any(one.stuck for one in plant.entries().values())
    plant.pass_time(AGAIN_MS / 1000)
    assert any(one.stuck for one in plant.entries().values())


def test_what_only_waits_in_a_queue_is_named_and_not_put_back() -> None:
    plant = Plant()
    plant.door.admit(INPUTS)
    # Nobody has run the pipeline: everything waits for it when the deadline comes.
    plant.now_ms += 2 * DEADLINE_S * 1000
    held = plant.log.lag([INBOUND.name], {})
    plant.pass_time(0)
    assert plant.log.lag([INBOUND.name], {}) == held
    assert {one.state for one in plant.entries().values()} == {"complete"}


def test_without_redrives_a_gap_is_only_named() -> None:
    rules = LedgerRules(deadlines=RULES.deadlines, redrives=0)
    plant = Plant([Fault(UTTERANCES.name, 0, "drop")], rules)
    plant.door.admit(INPUTS)
    plant.pass_time(1)
    for _ in range(3):
        plant.pass_time(DEADLINE_S)
    (stuck,) = [one for one in plant.entries().values() if one.stuck]
    assert (stuck.state, stuck.due, stuck.attempts) == ("stuck", None, 0)
    assert len(plant.log.read([REMINDERS.name], {}, 99)) == 1


def test_an_input_that_is_gone_from_the_log_may_be_sent_again() -> None:
    plant = Plant([Fault(INBOUND.name, 0, "drop")])
    (first, *_) = plant.door.admit(INPUTS)
    assert first.id == inbound_id(INPUTS[0])
    plant.pass_time(1)
    assert plant.door.admit(INPUTS[:1])[0].outcome == "known"
    plant.pass_time(DEADLINE_S)
    plant.pass_time(1)
    assert plant.door.admit(INPUTS[:1])[0].outcome == "new"


def test_every_step_with_a_deadline_has_a_stage() -> None:
    stages = {stage.name for stage in pipeline(PipelineRules()).stages}
    assert {str(step) for step in STAGE_OF} == set(Deadlines.__struct_fields__)
    assert set(STAGE_OF.values()) <= stages


@pytest.mark.parametrize("order", [lambda it: it, reversed])
def test_the_same_inputs_give_the_same_ledger_in_any_order(
    order: Callable[[Sequence[object]], Sequence[object]],
) -> None:
    plant = Plant()
    for one in order(INPUTS):
        plant.door.admit([one])  # type: ignore[list-item]  # inputs, as given
        plant.pass_time(1)
    truth = {id: encode(timeless(one)) for id, one in TRUTH.entries().items()}
    assert {id: encode(timeless(one)) for id, one in plant.entries().items()} == truth
