"""One text of SQL for SQLite and PostgreSQL, and what each of them wants to hear instead.

The text is SQLite's, with `?` for a value and `ROWS(TEXT, INTEGER)` for a query over rows that are
given as one parameter, a list of tuples. `ROWS(TEXT)` alone is a list of plain values. After
`INSERT INTO table` it stands for the rows to insert.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

POSTGRES_TYPES = {
    # Text must sort as SQLite sorts it, by its bytes, whatever the server's language is.
    "TEXT": 'TEXT COLLATE "C"',
    "INTEGER": "BIGINT",
    "REAL": "DOUBLE PRECISION",
    "BLOB": "BYTEA",
}
_ARRAYS = {"TEXT": "TEXT", "INTEGER": "BIGINT", "REAL": "DOUBLE PRECISION", "BLOB": "BYTEA"}
_ROWS = re.compile(r"ROWS\(([A-Z, ]+)\)")
_AMONG = re.compile(r"IN \(ROWS\(([A-Z]+)\)\)")
_INSERTED = re.compile(r"(INSERT INTO \w+ )ROWS\(([A-Z, ]+)\)")
_SECTION = re.compile(r"^-- \[(both|sqlite|postgres)\]", re.MULTILINE)
_TYPE = re.compile(r"\b(?:" + "|".join(POSTGRES_TYPES) + r")\b")


class Migration(NamedTuple):
    """A numbered step of the tables; from 1, without gaps."""

    number: int
    text: str


def migrations() -> list[Migration]:
    """Read the numbered files, in order."""
    folder = files("infra.store") / "migrations"
    found = [
        Migration(int(file.name.split("_")[0]), file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found)


def sqlite_tables(text: str) -> str:
    """Give a migration's sections for SQLite."""
    return _sections(text, "sqlite")


def postgres_tables(text: str) -> list[str]:
    """Give the statements of a migration's sections for PostgreSQL, in its words."""
    mine = _sections(text, "postgres").replace(" WITHOUT ROWID", "")
    translated = _TYPE.sub(lambda found: POSTGRES_TYPES[found[0]], mine)
    return [one for one in translated.split(";\n") if one.strip()]


def _sections(text: str, database: str) -> str:
    _, *parts = _SECTION.split(text)
    sections = zip(parts[::2], parts[1::2], strict=True)
    return "".join(f"--{body}" for whose, body in sections if whose in ("both", database))


@cache
def sqlite_insert(sql: str) -> str:
    """Write an insertion of given rows so that SQLite can repeat it for each of them."""
    return _INSERTED.sub(lambda found: f"{found[1]}VALUES ({_marks(found[2])})", sql)


@cache
def sqlite_statement(sql: str) -> str:
    """Write a statement for SQLite, which is given rows as JSON."""
    among = _AMONG.sub("IN (SELECT value FROM json_each(?))", sql)
    return _ROWS.sub(_json_rows, among)


@cache
def postgres_statement(sql: str) -> tuple[bytes, tuple[tuple[str, ...], ...]]:
    """Write a statement for psycopg; with it, the types of the columns of each `ROWS` in order.

    Each of those columns is a parameter of its own, an array.
    """
    rows = tuple(tuple(_words(found[1])) for found in _ROWS.finditer(sql))
    among = _AMONG.sub(lambda found: f"= ANY(?::{_ARRAYS[found[1]]}[])", sql)
    text = _ROWS.sub(_unnested, among)
    return text.replace("%", "%%").replace("?", "%s").encode(), rows


def _words(types: str) -> list[str]:
    return [word.strip() for word in types.split(",")]


def _marks(types: str) -> str:
    return ", ".join("?" for _ in _words(types))


def _json_rows(found: re.Match[str]) -> str:
    columns = ", ".join(f"value ->> {n}" for n in range(len(_words(found[1]))))
    return f"SELECT {columns} FROM json_each(?)"  # noqa: S608  # numbers of columns


def _unnested(found: re.Match[str]) -> str:
    arrays = ", ".join(f"?::{_ARRAYS[word]}[]" for word in _words(found[1]))
    return f"SELECT * FROM unnest({arrays})"  # noqa: S608  # names of types
