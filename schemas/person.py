"""What a source says of a person, for proposals of who may be one; never searched or shown."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from schemas.base import Contract

Text = Annotated[str, Meta(max_length=256)]


class Person(Contract, frozen=True, kw_only=True):
    """Personal details as a source knows them. `born` is a date such as `1971-06-24`."""

    name: Text | None = None
    given_name: Text | None = None
    family_name: Text | None = None
    born: Text | None = None
    street: Text | None = None
    postcode: Text | None = None
    city: Text | None = None


class Description(Contract, frozen=True, kw_only=True):
    """One thing said of the person behind some identifiers; `id` is derived from all of it.

    It has no time: what is said twice is one description.
    """

    id: str
    tenant: str
    identifiers: tuple[str, ...]
    person: Person
