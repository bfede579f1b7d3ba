"""Resolve evidence into customers, recomputing only the components that a batch touches.

A component is every identifier that evidence connects, whatever the rules say of it. Components
only ever grow, so neither order nor repetition matters; customers are computed inside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from processors.identity.clusters import customers_of
from processors.identity.nearby import Nearby
from processors.identity.rules import Rules, rules_name
from processors.identity.statements import Change, Key, ends_of, fold, is_covered, is_manual, key_of
from schemas.base import decode, encode
from schemas.errors import Unavailable
from schemas.identity import Customer, CustomerChange, Evidence
from schemas.ids import content_hash, derive
from schemas.topics import CUSTOMERS, EVIDENCE
from streams.stages.resolve_state import (
    Component,
    RulesUsed,
    in_brief,
    rules_key,
    state_key,
)
from streams.topology import Context, Emit, Message, Stage

NAME = "resolve"
VERSION = 1
MOST_STATEMENTS = 5_000
BATCH = 2_000
"""Several messages of one contact then come together: their component is read and kept once."""
_MOST_READS = 8


def resolve(rules: Rules | None = None, most_statements: int = MOST_STATEMENTS) -> Stage:
    """Build the stage. Components beyond `most_statements` take in no more machine evidence."""
    agreed = rules or Rules()
    name = rules_name(agreed)

    def process(batch: Sequence[Message], ctx: Context) -> list[Emit]:
        evidence = [m.value for m in batch if isinstance(m.value, Evidence)]
        places = _prefetch(ctx, evidence)
        for tenant in sorted({statement.tenant for statement in evidence}):
            _note_rules(ctx, tenant, name)
        work = _Work(ctx, agreed, most_statements, places)
        for statement in evidence:
            work.take(statement)
        return work.finish()

    return Stage(
        name=NAME,
        version=VERSION,
        reads=(EVIDENCE.name,),
        writes=(CUSTOMERS.name,),
        process=process,
        batch=BATCH,
    )


@dataclass(eq=False)
class _Draft:
    """A component being changed; `origins` are the stored components it came from, by label.

    What was `touched` is saved. Only if there is `news` can its customers be others than before:
    a statement that goes on without a gap closes silences and opens none.
    """

    tenant: str
    members: set[str]
    origins: dict[str, frozenset[str]] = field(default_factory=dict)
    statements: dict[Key, Evidence] = field(default_factory=dict)
    told: dict[str, tuple[str, str]] = field(default_factory=dict)
    frozen: bool = False
    passed_on: bool = False
    touched: bool = False
    news: bool = False

    @property
    def label(self) -> str:
        return min(self.members)

    def add(self, evidence: Evidence) -> None:
        covered = not self.passed_on and is_covered(self.statements, evidence)
        change = fold(self.statements, evidence)
        self.touched |= change is not Change.NOTHING
        self.news |= self.touched and self.passed_on
        self.news |= change is Change.NEWS and not covered

    def holds(self, evidence: Evidence) -> bool:
        """Tell whether it holds this statement of a machine, or the one that this takes back."""
        a, b = sorted((evidence.a, evidence.b))
        return (evidence.id, a, b, False, "") in self.statements

    def freeze(self) -> None:
        self.touched |= not self.frozen
        self.news |= not self.frozen
        self.frozen = True

    def absorb(self, other: _Draft) -> None:
        self.members |= other.members
        self.origins |= other.origins
        for evidence in other.statements.values():
            fold(self.statements, evidence)
        self.told |= other.told
        self.frozen |= other.frozen
        self.passed_on |= other.passed_on
        self.touched = self.news = True


class _Work:
    """One batch of evidence on the components that it touches."""

    def __init__(self, ctx: Context, rules: Rules, most: int, places: _Places) -> None:
        self._ctx = ctx
        self._rules = rules
        self._most = most
        self._places = places
        self._drafts: dict[tuple[str, str], _Draft] = {}

    def take(self, evidence: Evidence) -> None:
        """Put a statement where it belongs, joining the components of its ends."""
        ends = ends_of(evidence, self._rules)
        if not ends:
            return
        one, other = self._draft(evidence.tenant, ends[0]), self._draft(evidence.tenant, ends[-1])
        if is_manual(evidence) or self._has_room(one, other):
            self._join(one, other).add(evidence)
        else:
            self._take_apart(evidence, one, other)

    def finish(self) -> list[Emit]:
        """Save what changed, and tell it: one record per component."""
        drafts = {id(draft): draft for draft in self._drafts.values() if draft.touched}
        ordered = sorted(drafts.values(), key=lambda draft: (draft.tenant, draft.label))
        return [emit for draft in ordered for emit in self._save(draft)]

    def _has_room(self, one: _Draft, other: _Draft) -> bool:
        size = len(one.statements) + (0 if one is other else len(other.statements))
        return size < self._most

    def _join(self, one: _Draft, other: _Draft) -> _Draft:
        if one is other:
            return one
        if len(one.statements) < len(other.statements):
            one, other = other, one
        one.absorb(other)
        for member in other.members:
            self._drafts[one.tenant, member] = one
        return one

    def _take_apart(self, evidence: Evidence, one: _Draft, other: _Draft) -> None:
        """Keep a statement that may not join with its smaller end, so that this end is known.

        A full component takes what it has again, and withdrawals of it; nothing else of machines.
        """
        holders = [draft for draft in (one, other) if draft.holds(evidence)]
        smaller = min(one, other, key=lambda draft: (len(draft.statements), draft.label))
        if not holders and len(smaller.statements) < self._most:
            holders.append(smaller)
        for draft in holders:
            draft.add(evidence)
        if one is not other or not holders:
            one.freeze()
            other.freeze()

    def _draft(self, tenant: str, identifier: str) -> _Draft:
        draft = self._drafts.get((tenant, identifier))
        if draft is not None:
            return draft
        label = self._places.label(tenant, identifier)
        draft = _Draft(tenant, {identifier}) if label is None else self._stored(tenant, label)
        for member in draft.members:
            self._drafts[tenant, member] = draft
        return draft

    def _stored(self, tenant: str, label: str) -> _Draft:
        stored = self._ctx.load(self._places.key(tenant, label), Component)
        assert stored is not None  # what names a label is saved together with its component
        return _Draft(
            tenant,
            set(stored.members),
            origins={label: frozenset(stored.members)},
            statements={key_of(evidence): evidence for evidence in stored.evidence(tenant)},
            told={**dict.fromkeys(stored.customers, ("", "")), **stored.told},
            frozen=stored.frozen,
            passed_on=stored.passed_on,
        )

    def _save(self, draft: _Draft) -> Iterator[Emit]:
        tenant, label = draft.tenant, draft.label
        statements = [draft.statements[key] for key in sorted(draft.statements)]
        told, passed_on = draft.told, draft.passed_on
        if draft.news:
            customers, passed_on = customers_of(
                tenant, statements, self._rules, frozenset(draft.members), frozen=draft.frozen
            )
            told = {customer.id: _told(customer) for customer in customers}
            yield from self._change(draft, customers, told)
        for member in draft.members - draft.origins.get(label, frozenset()) - {label}:
            self._ctx.save(self._places.key(tenant, member), Component(label=label))
        members = tuple(sorted(draft.members))
        component = Component(
            members=members,
            said=in_brief(statements, members),
            told=dict(sorted(told.items())),
            frozen=draft.frozen,
            passed_on=passed_on,
        )
        self._ctx.save(self._places.key(tenant, label), component)

    def _change(
        self, draft: _Draft, customers: Sequence[Customer], told: Mapping[str, tuple[str, str]]
    ) -> Iterator[Emit]:
        """Tell of the customers that are others than when last told of, if there are any."""
        changed = tuple(one for one in customers if draft.told.get(one.id) != told[one.id])
        gone = tuple(sorted(draft.told.keys() - told))
        if not (changed or gone):
            return
        names = {id: names for id, (_, names) in draft.told.items()}
        change = CustomerChange(
            tenant=draft.tenant,
            customers=changed,
            gone=gone,
            kept_names=tuple(one.id for one in changed if names.get(one.id) == told[one.id][1]),
            frozen=draft.frozen,
        )
        yield Emit(
            topic=CUSTOMERS.name,
            key=draft.tenant,
            id=derive(NAME, VERSION, draft.tenant, draft.label, content_hash(encode(change))),
            value=change,
        )


def _note_rules(ctx: Context, tenant: str, name: str) -> None:
    used = ctx.load(rules_key(tenant), RulesUsed) or RulesUsed()
    if name not in used.names:
        ctx.save(rules_key(tenant), RulesUsed(names=tuple(sorted((*used.names, name)))))


Load = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Reads state of this stage by keys."""


def nearby(load: Load, tenant: str, identifiers: Sequence[str]) -> Nearby:
    """Read the components of some identifiers, as they were last committed.

    Raises:
        Unavailable: they are changed faster than they can be read.
    """
    for _ in range(_MOST_READS):
        found = load([state_key(tenant, one) for one in dict.fromkeys(identifiers)])
        places = {key: decode(data, Component) for key, data in found.items()}
        labels = {state_key(tenant, one.label) if one.label else key for key, one in places.items()}
        held = load(sorted(labels))
        parts = [decode(held[key], Component) for key in sorted(held)]
        if len(parts) == len(labels) and not any(part.label for part in parts):
            statements = tuple(one for part in parts for one in part.evidence(tenant))
            return Nearby(statements, tuple(frozenset(part.members) for part in parts))
    raise Unavailable("customers change too fast to be explained; ask again")


class _Places:
    """Where the identifiers of a batch stood before it: the labels of their components."""

    def __init__(self, ctx: Context, ends: Iterable[tuple[str, str]]) -> None:
        # Their names are hashes, and each is asked for several times.
        self._keys = {end: state_key(*end) for end in ends}
        ctx.prefetch(sorted(self._keys.values()))
        found = {end: ctx.load(key, Component) for end, key in self._keys.items()}
        self._labels = {end: one.label or end[1] for end, one in found.items() if one is not None}

    def key(self, tenant: str, identifier: str) -> str:
        """Name the state of an identifier."""
        end = (tenant, identifier)
        return self._keys.get(end) or self._keys.setdefault(end, state_key(tenant, identifier))

    def label(self, tenant: str, identifier: str) -> str | None:
        """Give the label of the component of an identifier of the batch, if it has one."""
        return self._labels.get((tenant, identifier))

    def components(self) -> list[str]:
        """Name the components that the batch touches."""
        labels = {(tenant, label) for (tenant, _), label in self._labels.items()}
        return sorted(self.key(tenant, label) for tenant, label in labels)


def _prefetch(ctx: Context, evidence: Sequence[Evidence]) -> _Places:
    """Read in two round trips all that the batch may touch."""
    places = _Places(ctx, {(e.tenant, end) for e in evidence for end in (e.a, e.b)})
    ctx.prefetch(places.components())
    return places


def _told(customer: Customer) -> tuple[str, str]:
    names = (customer.identifiers, customer.aliases, customer.holdings)
    return content_hash(encode(customer))[:12], content_hash(encode(names))[:12]
