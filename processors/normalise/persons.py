"""Take down what a source says of a person, for proposals; it goes nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from processors.identity.linkage.fields import date_of, name_of
from processors.normalise.result import Company
from schemas.base import encode
from schemas.events import COMPANY_SIDE, Party
from schemas.ids import content_hash, derive
from schemas.person import Description, Person

LONGEST_NAME = 256
LONGEST_POSTCODE = 12


def descriptions_of(
    parties: Iterable[Party],
    company: Company,
    *,
    tenant: str,
    person: Person | None = None,
    of: Party | None = None,
) -> tuple[Description, ...]:
    """Describe the customers among canonical parties: their names, and `person` the party `of`.

    Without `of`, `person` describes the only customer. Who has no identifier cannot be described.
    """
    theirs = [party for party in parties if party.role not in COMPANY_SIDE]
    told: dict[str, Description] = {}
    for party in theirs:
        own = tuple(sorted({one for one in party.identifiers if not company.owns(one)}))
        is_meant = party == of if of is not None else len(theirs) == 1
        known = _readable(party, person if is_meant else None)
        if own and known != Person():
            id = derive("description", tenant, *own, content_hash(encode(known)))
            told[id] = Description(id=id, tenant=tenant, identifiers=own, person=known)
    return tuple(told.values())


def _readable(party: Party, person: Person | None) -> Person:
    """Keep what can be compared: a name in letters, a date of birth, a postcode."""
    known = person or Person()
    if not (known.name or known.given_name or known.family_name):
        known = replace(known, name=(party.name or "")[:LONGEST_NAME] or None)
    if name_of(known) is None:
        known = replace(known, name=None, given_name=None, family_name=None)
    if known.born and date_of(known.born) is None:
        known = replace(known, born=None)
    if known.postcode and len(known.postcode) > LONGEST_POSTCODE:
        known = replace(known, postcode=None)
    return known
