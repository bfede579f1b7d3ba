"""Write parties canonically, and say what their identifiers prove about each other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import combinations

from processors.identity.identifiers import normalise_identifier, type_of
from processors.normalise.result import Company
from schemas.events import Party, Role
from schemas.identity import Basis, Evidence, Strength
from schemas.ids import derive

# A device or a cookie is held by whoever sits in front of it.
_OBSERVED_TYPES = frozenset({"device", "cookie"})
_PROOFS = frozenset({"session", "callback"})
_WORTH: dict[Basis, Strength] = {
    "session": Strength.AUTHENTICATED,
    "callback": Strength.AUTHENTICATED,
    "profile": Strength.PROFILE,
    "event": Strength.STATED,
    "device": Strength.OBSERVED,
}
_STAFF = frozenset({Role.AGENT, Role.SUPERVISOR, Role.BOT})


def canonical_party(party: Party, company: Company, *, guess: bool = True) -> Party:
    """Write a party's identifiers canonically and give it its role.

    A malformed identifier names nobody: its value stays as the name where there is no other.
    Without `guess`, a party of unknown role and without identifiers stays unknown.
    """
    known, name = [], party.name
    for text in party.identifiers:
        identifier = normalise_identifier(text, company.region)
        if identifier is not None:
            known.append(identifier)
        else:
            name = name or text.partition(":")[2].strip() or text.strip() or None
    written = Party(role=party.role, name=name, identifiers=tuple(dict.fromkeys(known)))
    return company.assign(written) if guess or written.identifiers else written


def evidence_of(
    parties: Iterable[Party],
    company: Company,
    *,
    tenant: str,
    source: str,
    at: datetime,
    until: datetime | None = None,
    basis: Basis | None = None,
) -> tuple[Evidence, ...]:
    """Tell which identifiers stand together in one party, as evidence that they are one person.

    Staff give none, so that agents never join customers. Without a `basis` devices and cookies are
    worth what is observed, all others what is stated in one message or call.
    """
    told: dict[str, Evidence] = {}
    for party in parties:
        if party.role in _STAFF:
            continue
        own = sorted({text for text in party.identifiers if not company.owns(text)})
        for a, b in combinations(own, 2) if len(own) > 1 else zip(own, own, strict=True):
            ground = basis or _ground(a, b)
            worth = _WORTH[ground]
            what = ground if ground in _PROOFS else worth.value
            evidence_id = derive("evidence", tenant, a, b, "same", what, source)
            told[evidence_id] = Evidence(
                id=evidence_id,
                tenant=tenant,
                a=a,
                b=b,
                strength=worth,
                basis=ground,
                source=source,
                at=at,
                until=until,
            )
    return tuple(told.values())


def _ground(a: str, b: str) -> Basis:
    return "event" if _OBSERVED_TYPES.isdisjoint((type_of(a), type_of(b))) else "device"
