"""Normalise: source documents and events become facts, utterances, recordings and evidence.

Nothing that leaves this stage carries unredacted text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from msgspec.structs import replace

from processors.normalise.email import normalise_email
from processors.normalise.event import normalise_event
from processors.normalise.key import place_of
from processors.normalise.result import Company, Normalised
from processors.normalise.thread import Writers, thread_evidence, with_writer
from processors.normalise.vcon import normalise_vcon
from processors.redaction import (
    DEFAULT_POLICY,
    Action,
    Policy,
    Sensitive,
    redact,
    redact_utterance,
)
from schemas.base import Contract
from schemas.errors import InvalidEvent
from schemas.events import NOT_A_CONTACT, Event, Format, Link, Payload
from schemas.identity import Evidence
from schemas.ids import derive
from schemas.interaction import Fact
from schemas.ledger import Receipt, Step, input_account
from schemas.person import Description
from schemas.topics import (
    DESCRIPTIONS,
    EVIDENCE,
    INBOUND,
    INTERACTIONS,
    RECEIPTS,
    RECORDINGS,
    UTTERANCES,
)
from schemas.utterance import Utterance
from streams.topology import Context, Emit, Message, Stage

Reasoned = TypeVar("Reasoned", Link, Evidence)

NAME = "normalise"
VERSION = 1
REMEMBERED_TURNS = 20
CONTEXT_LENGTH = 600


@dataclass(frozen=True)
class NormaliseRules:
    """Who the company is, per tenant, and what is to be redacted."""

    companies: Mapping[str, Company] = field(default_factory=dict)
    policy: Policy = DEFAULT_POLICY

    def company(self, tenant: str) -> Company:
        """Tell who a tenant is; a tenant without settings owns no identifiers."""
        return self.companies.get(tenant, Company())


class Said(Contract, frozen=True, kw_only=True):
    """The end of one redacted turn."""

    at: datetime
    text: str


class RecentTurns(Contract, frozen=True, kw_only=True):
    """The last turns of an interaction: a question tells what the answer's digits are."""

    turns: dict[str, Said] = {}


def normalise(rules: NormaliseRules) -> Stage:
    """Declare the stage."""

    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        for message in batch:
            found = _normalised(message, rules)
            yield from _emits(message, found, rules, ctx)

    return Stage(
        name=NAME,
        version=VERSION,
        reads=(INBOUND.name,),
        writes=(
            INTERACTIONS.name, UTTERANCES.name, RECORDINGS.name, EVIDENCE.name,
            DESCRIPTIONS.name, RECEIPTS.name,
        ),
        process=process,
    )  # fmt: skip


def _normalised(message: Message, rules: NormaliseRules) -> Normalised:
    value = message.value
    assert isinstance(value, Event | Payload)
    company = rules.company(value.tenant).seen_from(value.source)
    if isinstance(value, Event):
        return normalise_event(value, company)
    received_at = datetime.fromtimestamp(message.at / 1000, UTC)
    match value.payload:
        case Format.EMAIL:
            return normalise_email(value, company, received_at=received_at)
        case Format.VCON:
            return normalise_vcon(value, company, received_at=received_at)
    raise InvalidEvent("unknown_format", f"nobody reads the format {value.payload!r}")


def _emits(
    message: Message, found: Normalised, rules: NormaliseRules, ctx: Context
) -> Iterator[Emit]:
    policy = rules.policy
    facts = [_queued(_redact_fact(fact, policy), rules) for fact in found.facts]
    utterances = [
        _redact_turn(utterance, policy, ctx, _recent_key(message.key, utterance.interaction))
        for utterance in found.utterances
    ]
    for fact in facts:
        yield Emit(INTERACTIONS.name, fact.interaction, fact.id, fact)
    for utterance in utterances:
        yield Emit(UTTERANCES.name, utterance.interaction, utterance.id, utterance)
    for recording in found.recordings:
        yield Emit(RECORDINGS.name, recording.interaction, recording.id, recording)
    for evidence in (*found.evidence, *_thread_evidence(message, found, rules, ctx)):
        redacted_evidence = _redact_why(evidence, policy)
        yield Emit(EVIDENCE.name, evidence.tenant, evidence.id, redacted_evidence)
    for description in found.descriptions:
        redacted = _redact_description(description, policy)
        yield Emit(DESCRIPTIONS.name, redacted.tenant, redacted.id, redacted)
    for receipt in _receipts(message, found):
        id = derive("receipt", NAME, message.id, receipt.interaction)
        yield Emit(RECEIPTS.name, receipt.interaction, id, receipt)


def _thread_evidence(
    message: Message, found: Normalised, rules: NormaliseRules, ctx: Context
) -> Iterator[Evidence]:
    """Remember who writes to a thread, and tell who writes to it from two addresses."""
    value = message.value
    if not isinstance(value, Payload) or value.payload is not Format.EMAIL:
        return
    for utterance in found.utterances:
        key = f"writers/{derive(message.key, utterance.interaction)}"
        known = ctx.load(key, Writers) or Writers()
        company = rules.company(value.tenant)
        writers = with_writer(known, utterance.party, company, utterance.at)
        if writers != known:
            ctx.save(key, writers)
        for address in utterance.party.identifiers:
            yield from thread_evidence(writers, address, tenant=value.tenant, source=value.source)


def _receipts(message: Message, found: Normalised) -> Iterator[Receipt]:
    """Hand in one receipt per interaction, naming what the later steps owe."""
    for interaction in dict.fromkeys(fact.interaction for fact in found.facts):
        facts = [fact for fact in found.facts if fact.interaction == interaction]
        said = tuple(u.id for u in found.utterances if u.interaction == interaction)
        heard = tuple(r.id for r in found.recordings if r.interaction == interaction)
        awaits = {
            Step.TRANSCRIBED: heard,
            Step.TAGGED: said,
            Step.INDEXED: said,
            Step.ASSEMBLED: (*(fact.id for fact in facts), *said),
        }
        # What staff remark on a contact does not say where that came from, and when.
        about = [fact for fact in facts if fact.remark is None]
        yield Receipt(
            tenant=facts[0].tenant,
            interaction=interaction,
            step=Step.NORMALISED,
            items=(message.id,),
            awaits={step.value: items for step, items in awaits.items() if items},
            source=about[0].source if about else None,
            channel=about[0].channel.value if about else None,
            reference=about[0].reference if about else None,
            at=min((fact.at for fact in about), default=None),
            counts=any(fact.kind not in NOT_A_CONTACT for fact in facts),
        )
    if not found.facts:
        yield _nothing_found(message)


def _nothing_found(message: Message) -> Receipt:
    """Hand in an input that tells of nothing where the door has put it down."""
    value = message.value
    assert isinstance(value, Event | Payload)
    return Receipt(
        tenant=value.tenant,
        interaction=place_of(value).interaction or input_account(message.id),
        step=Step.NORMALISED,
        items=(message.id,),
        source=value.source,
    )


def _queued(fact: Fact, rules: NormaliseRules) -> Fact:
    """Name the queue whose desk was addressed, where the source does not name one."""
    queue = rules.company(fact.tenant).queue_of(fact.parties)
    if queue is None or "queue" in fact.attributes:
        return fact
    return replace(fact, attributes={**fact.attributes, "queue": queue})


def _redact_fact(fact: Fact, policy: Policy) -> Fact:
    subject = redact(fact.subject, policy=policy).text if fact.subject else fact.subject
    note = redact(fact.note, policy=policy).text if fact.note else fact.note
    link = _redact_why(fact.link, policy) if fact.link else fact.link
    if subject == fact.subject and note == fact.note and link == fact.link:
        return fact
    return replace(fact, subject=subject, note=note, link=link)


def _redact_why(said: Reasoned, policy: Policy) -> Reasoned:
    """Redact the reason that a person gave for a word on identity."""
    return replace(said, why=redact(said.why, policy=policy).text) if said.why else said


def _redact_description(description: Description, policy: Policy) -> Description:
    """Redact what does not belong: a card in a name, but not the name; a street is an address.

    A birth and a postcode are checked for what they are.
    """
    person = description.person
    belongs = {Sensitive.NAME: Action.KEEP, Sensitive.ADDRESS: Action.KEEP}
    others = replace(policy, actions={**policy.actions, **belongs})

    def clean(text: str | None) -> str | None:
        return redact(text, policy=others).text if text else text

    redacted = replace(
        person,
        name=clean(person.name),
        given_name=clean(person.given_name),
        family_name=clean(person.family_name),
        street=clean(person.street),
        city=clean(person.city),
    )
    return description if redacted == person else replace(description, person=redacted)


def _recent_key(key: str, interaction: str) -> str:
    """Name the state of an interaction's last turns, as far as one record key has told of it.

    Only records of one key come in an order: what another key tells may come before or after, so
    no text may depend on it.
    """
    return f"recent/{derive(key, interaction)}"


def _redact_turn(utterance: Utterance, policy: Policy, ctx: Context, key: str) -> Utterance:
    """Redact in the light of the turns before it, and remember its end for the turns after it."""
    recent = ctx.load(key, RecentTurns) or RecentTurns()
    earlier = sorted(
        (
            said
            for id, said in recent.turns.items()
            if id != utterance.id and said.at <= utterance.at
        ),
        key=lambda said: said.at,
    )
    context = "\n".join(said.text for said in earlier)[-CONTEXT_LENGTH:]
    redacted = redact_utterance(utterance, context=context, policy=policy)
    if utterance.id not in recent.turns:
        turns = {
            **recent.turns,
            utterance.id: Said(at=utterance.at, text=redacted.text[-CONTEXT_LENGTH:]),
        }
        newest = sorted(turns.items(), key=lambda item: (item[1].at, item[0]))[-REMEMBERED_TURNS:]
        ctx.save(key, RecentTurns(turns=dict(newest)))
    return redacted
