"""What the two databases do alike: run statements written in the words of `dialect`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

Given = object
"""A value for `?`, or a list for `ROWS(...)`: of tuples, or of plain values for one column."""


class Reading(Protocol):
    """Answers queries."""

    def rows(self, sql: str, *given: Given) -> list[Any]:
        """Run one query and give its rows as tuples.

        Raises:
            Unavailable: the database cannot be reached now.
        """

    def stream(self, sql: str, *given: Given) -> Iterator[Any]:
        """Run one query and give its rows one by one, as they were when it began."""


class Sql(Reading, Protocol):
    """Runs statements, inside a transaction or each on its own.

    Those that give no rows may wait for the commit; a query sees them in any case.
    """

    def run(self, sql: str, *given: Given) -> None:
        """Run one statement."""

    def write(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run `INSERT INTO table ROWS(...)` for some rows; no two of them may have one key."""
