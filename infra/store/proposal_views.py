"""What people read of proposals: who may be one person, why, and what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from schemas.identity import Evidence
from schemas.person import Description
from schemas.proposal import Blocked, LinkageModel, Proposal, ProposalSet


class Proposed(Protocol):
    """Proposals of a tenant; one is open while it is two customers and nobody has decided."""

    def descriptions(self, tenant: str) -> Iterable[Description]:
        """Stream what sources say of persons; one comes once for each of its identifiers."""

    def descriptions_of(self, tenant: str, identifiers: Sequence[str]) -> list[Description]:
        """List what sources say of the person behind some identifiers, each once."""

    def proposals(self, tenant: str, least: float, limit: int) -> list[Proposal]:
        """List the open proposals that are at least so probable, the most probable first."""

    def proposal(self, tenant: str, id: str) -> Proposal | None:
        """Read one proposal, open or not."""

    def proposed(self, tenant: str) -> list[float]:
        """List how probable the open proposals are, the most probable first."""

    def proposal_run(self, tenant: str) -> ProposalSet | None:
        """Tell of the last run that proposed, without its proposals."""

    def decided(self, tenant: str) -> list[tuple[float, bool]]:
        """List how probable proposals were that people looked at, and whether they accepted.

        What was decided in bulk nobody looked at.
        """

    def decisions_on(self, tenant: str, identifiers: Sequence[str]) -> list[Evidence]:
        """List what people said about some identifiers and others, oldest first."""

    def described_anew(self, limit: int) -> list[tuple[str, Description]]:
        """List what was said since it was last compared, with whom it is about."""

    def news(self, tenant: str) -> tuple[tuple[str, str], ...]:
        """Name all that was said of a tenant's customers and not compared yet."""

    def described(self, tenant: str, most: int) -> int:
        """Count what is known of persons, by identifier, up to `most`."""

    def linkage_model(self, tenant: str) -> LinkageModel | None:
        """Read what the last run was fitted to."""

    def alike(self, of: Blocked) -> list[str]:
        """List identifiers of customers who share a key; of a large block only neighbours."""
