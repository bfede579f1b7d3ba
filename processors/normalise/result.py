"""What every normaliser returns, and who the company is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from schemas.base import Contract
from schemas.events import Party, Role
from schemas.identity import Evidence
from schemas.interaction import Fact, Recording
from schemas.person import Description
from schemas.utterance import Utterance


class Company(Contract, frozen=True, kw_only=True):
    """The company's own addresses per tenant: a party with one of them is an agent.

    `domains` are mail domains (`northwind.example`), `identifiers` normalised ones
    (`phone:+15550100`, `handle:x:northwind`). `region` is the default for national numbers.
    `regions` are those of sources that differ. `queues` say which queue an own identifier is the
    desk of.
    """

    domains: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    region: str = "US"
    regions: dict[str, str] = {}
    queues: dict[str, str] = {}

    def seen_from(self, source: str) -> Company:
        """Give the company as a source sees it: with the region of that source's numbers."""
        region = self.regions.get(source, self.region)
        return self if region == self.region else replace(self, region=region)

    def queue_of(self, parties: Iterable[Party]) -> str | None:
        """Tell which queue was addressed, by the first party that is one's desk."""
        for party in parties:
            for identifier in party.identifiers:
                if identifier in self.queues:
                    return self.queues[identifier]
        return None

    def owns(self, identifier: str) -> bool:
        """Tell whether an identifier is the company's own."""
        if identifier in self.identifiers:
            return True
        return identifier.startswith("email:") and identifier.rpartition("@")[2] in self.domains

    def assign(self, party: Party) -> Party:
        """Give a party its role: own identifiers make an agent, everybody else is a customer.

        A role that the source states is kept.
        """
        if party.role is not Role.UNKNOWN:
            return party
        own = any(self.owns(identifier) for identifier in party.identifiers)
        role = Role.AGENT if own else Role.CUSTOMER
        return Party(role=role, name=party.name, identifiers=party.identifiers)


@dataclass(frozen=True)
class Normalised:
    """One source document in our own words. Text is not redacted yet: the stage does that."""

    facts: tuple[Fact, ...] = ()
    utterances: tuple[Utterance, ...] = ()
    recordings: tuple[Recording, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    descriptions: tuple[Description, ...] = ()
