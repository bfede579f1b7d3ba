"""Which terms stand out in contacts of a type: what customers said, read and counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from infra.store.base import Views
from infra.store.view import milliseconds
from processors.terms import Counts, Term, count_terms, standing_out
from schemas.base import Contract
from schemas.events import COMPANY_SIDE

MOST_READ = 20_000
"""Contacts a side of which the words are read; more would take minutes and tell no more."""
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Asked(NamedTuple):
    """Which contacts are compared, by when they started; None leaves an end open.

    From `since` on they are compared with those of the same type before it, not older than
    `baseline_since`, so that what is new comes out; without it, with those of all other types.
    """

    contact_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    baseline_since: datetime | None = None
    top: int = 20
    most_read: int = MOST_READ


class ContactTerms(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """Terms that stand out, the surest first, and how many contacts were read on either side."""

    contacts: int
    baseline_contacts: int
    terms: list[Term]


def contact_terms(views: Views, tenant: str, asked: Asked) -> ContactTerms:
    """Find the terms that stand out in contacts of a type, or of any."""
    since, until = milliseconds(asked.since or FIRST), milliseconds(asked.until or LAST)
    here = views.interactions_about(tenant, asked.contact_type, since, until, limit=asked.most_read)
    before = milliseconds(asked.baseline_since or FIRST)
    there = views.interactions_about(
        tenant,
        asked.contact_type,
        before,
        until if asked.since is None else since,
        is_other=asked.since is None,
        limit=asked.most_read,
    )
    said, usual = _counted(views, tenant, here), _counted(views, tenant, there)
    return ContactTerms(
        contacts=said.contacts,
        baseline_contacts=usual.contacts,
        terms=standing_out(said, usual, asked.top),
    )


def _counted(views: Views, tenant: str, interactions: list[str]) -> Counts:
    return count_terms(_words(views, tenant, interactions))


def _words(views: Views, tenant: str, interactions: list[str]) -> Iterator[list[str]]:
    for id in interactions:
        said = (tagged.utterance for tagged in views.utterances(tenant, id))
        yield [one.text for one in said if one.role not in COMPANY_SIDE]
