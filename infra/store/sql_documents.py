"""Read documents out of their columns, from whichever database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from infra.store.sql import Reading
from schemas.base import Contract, decode

C = TypeVar("C", bound=Contract)


class Documents:
    """Answers queries of one column that holds documents."""

    def __init__(self, sql: Reading) -> None:
        self._sql = sql

    def _many(self, as_type: type[C], sql: str, *given: object) -> list[C]:
        return [decode(doc, as_type) for (doc,) in self._sql.rows(sql, *given)]

    def _one(self, as_type: type[C], sql: str, *given: object) -> C | None:
        found = self._many(as_type, sql, *given)
        return found[0] if found else None

    def _stream(self, as_type: type[C], sql: str, *given: object) -> Iterator[C]:
        for (doc,) in self._sql.stream(sql, *given):
            yield decode(doc, as_type)
