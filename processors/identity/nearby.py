"""What identity knows around some identifiers: their components, and nothing else of the tenant."""

from __future__ import annotations

from typing import NamedTuple

from schemas.identity import Evidence


class Nearby(NamedTuple):
    """The evidence of the components of some identifiers, and the members of each component."""

    statements: tuple[Evidence, ...]
    parts: tuple[frozenset[str], ...]

    @property
    def members(self) -> frozenset[str]:
        """List the identifiers that are known here."""
        return frozenset().union(*self.parts)

    def are_connected(self, a: str, b: str) -> bool:
        """Tell whether two identifiers are in one component."""
        return any(a in part and b in part for part in self.parts)
