"""What the resolve stage keeps between batches, and under which keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from schemas.base import Contract
from schemas.identity import Basis, Evidence, Span, Strength, Word
from schemas.ids import derive


class Rest(Contract, frozen=True, kw_only=True):
    """What few statements say: those of people, and those that keep apart or take back."""

    kind: Word = "same"
    statement: str | None = None
    said_by: str | None = None
    why: str | None = None
    until: datetime | None = None
    withdrawn: bool = False


class Said(Contract, frozen=True, array_like=True):
    """A statement without what its component says already: a third of the bytes.

    `a` and `b` are places among the component's members, or identifiers that are none of them.
    """

    id: str
    a: int | str
    b: int | str
    strength: Strength
    at: datetime
    source: str
    basis: Basis | None = None
    seen: tuple[Span, ...] = ()
    rest: Rest | None = None


class Component(Contract, frozen=True, kw_only=True):
    """All evidence about connected identifiers, sorted, and the customers last told of.

    It is kept under its smallest identifier, which is its label. Under each other of its `members`
    there is nothing but this `label`.
    `told` has, by their ids, a hash of all that was told and one of the names under which they are
    found; a state of version 0.1 has the ids alone, as `customers`, and whole `statements`.
    `frozen` says that machines' evidence was left out because the component was full, `passed_on`
    that an identifier changed hands.
    """

    label: str | None = None
    members: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    statements: tuple[Evidence, ...] = ()
    customers: tuple[str, ...] = ()
    told: dict[str, tuple[str, str]] = {}
    frozen: bool = False
    passed_on: bool = False

    def evidence(self, tenant: str) -> list[Evidence]:
        """List the statements in full."""
        return [*self.statements, *(_in_full(one, tenant, self.members) for one in self.said)]


class RulesUsed(Contract, frozen=True, kw_only=True):
    """Names of all the rules by which the components of a tenant were computed."""

    names: tuple[str, ...] = ()


def in_brief(evidence: Iterable[Evidence], members: Iterable[str]) -> tuple[Said, ...]:
    """Write statements as they are kept, about the members of their component in order."""
    places = {member: n for n, member in enumerate(members)}
    return tuple(_in_brief(one, places) for one in evidence)


def state_key(tenant: str, identifier: str) -> str:
    """Name the state of an identifier: shortly, for each stands in an index of the store."""
    return f"{tenant}/{derive(identifier)[:20]}"


def rules_key(tenant: str) -> str:
    """Name the state that says by which rules a tenant's customers were computed."""
    return f"{tenant}/rules"


def _in_brief(one: Evidence, places: Mapping[str, int]) -> Said:
    rest = None
    if one.kind != "same" or one.withdrawn or one.said_by or one.why or one.until:
        rest = Rest(
            kind=one.kind,
            statement=one.statement,
            said_by=one.said_by,
            why=one.why,
            until=one.until,
            withdrawn=one.withdrawn,
        )
    a, b = places.get(one.a, one.a), places.get(one.b, one.b)
    return Said(one.id, a, b, one.strength, one.at, one.source, one.basis, one.seen, rest)


def _in_full(one: Said, tenant: str, members: tuple[str, ...]) -> Evidence:
    rest = one.rest or _NOTHING
    return Evidence(
        id=one.id,
        tenant=tenant,
        a=members[one.a] if isinstance(one.a, int) else one.a,
        b=members[one.b] if isinstance(one.b, int) else one.b,
        kind=rest.kind,
        statement=rest.statement,
        strength=one.strength,
        basis=one.basis,
        source=one.source,
        said_by=rest.said_by,
        why=rest.why,
        at=one.at,
        until=rest.until,
        seen=one.seen,
        withdrawn=rest.withdrawn,
    )


_NOTHING = Rest()
