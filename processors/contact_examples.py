"""Read the examples from which contact types are learnt: a table of texts and their types."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from schemas.errors import InvalidEvent

TEXT = ("text", "message", "utterance", "example")
LABEL = ("label", "contact_type", "type", "category", "intent")
LANGUAGE = ("language", "lang")
LONGEST_TYPE = 60  # characters


class Example(NamedTuple):
    """A text, the type it is an example of, and the language it is written in."""

    text: str
    type: str
    language: str
    line: int


def read_examples(table: str, language: str = "en", name: str = "examples") -> list[Example]:
    """Read a CSV with a header; `language` is that of rows which do not say theirs.

    `name` is what the table is called in errors.

    A text that stands there twice in a language counts once, with its first type. Other columns
    are ignored.

    Raises:
        InvalidEvent: naming the table, line and field: no such column, an empty text or type, or
            a type longer than 60 characters.
    """
    reader = csv.reader(io.StringIO(table.removeprefix("\ufeff"), newline=""))
    header = [name.strip().casefold() for name in next(reader, [])]
    text_at, type_at = _column(header, TEXT, name), _column(header, LABEL, name)
    language_at = next((header.index(name) for name in LANGUAGE if name in header), None)
    found: dict[tuple[str, str], Example] = {}
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        line = reader.line_num
        given = language_at is not None and language_at < len(cells)
        example = Example(
            text=_cell(cells, text_at, header[text_at], line, name),
            type=_cell(cells, type_at, header[type_at], line, name),
            language=(_code(cells[language_at or 0]) if given else "") or language,
            line=line,
        )
        _check(example, header[type_at], name)
        found.setdefault((example.language, _same(example.text)), example)
    if not found:
        raise InvalidEvent("empty_file", f"{name}: there is no example in it")
    return list(found.values())


def _column(header: list[str], names: tuple[str, ...], table: str) -> int:
    for name in names:
        if name in header:
            return header.index(name)
    raise InvalidEvent(
        "missing_field",
        f"{table}: the first line must name a column {names[0]!r} (or {', '.join(names[1:])})",
        line=1,
        field=names[0],
    )


def _cell(cells: list[str], at: int, field: str, line: int, name: str) -> str:
    text = cells[at].strip() if at < len(cells) else ""
    if not text:
        raise InvalidEvent("missing_field", f"{name}: {field} is empty", line=line, field=field)
    return text


def _check(example: Example, field: str, name: str) -> None:
    if len(example.type) > LONGEST_TYPE:
        raise InvalidEvent(
            "invalid_field",
            f"{name}: a type of {len(example.type)} characters; {LONGEST_TYPE} are allowed"
            " (are the columns the other way round?)",
            line=example.line,
            field=field,
        )


def _code(cell: str) -> str:
    """Read `de-AT` as `de`: texts are told apart no further."""
    return cell.strip().casefold().replace("_", "-").partition("-")[0]


def _same(text: str) -> str:
    return " ".join(text.split()).casefold()
