"""Read what a source says it had: call detail records, any CSV, or counts per day."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple

from schemas.errors import InvalidEvent

ASTERISK = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata",
    "start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid",
    "userfield",
)  # fmt: skip
"""The columns of Asterisk's `cdr_csv`, in its order; `uniqueid` and `userfield` may be left out."""
ASTERISK_MAP = {"reference": "uniqueid", "at": "start", "caller": "src", "answered": "disposition"}
FIELDS = ("reference", "at", "caller", "answered", "day", "count")


class SourceContact(NamedTuple):
    """A contact that the source had; `line` counts from 1."""

    line: int
    reference: str
    at: datetime | None
    caller: str
    answered: bool


class SourceDay(NamedTuple):
    """How many contacts the source had on a day."""

    day: date
    contacts: int


def read_map(text: str) -> dict[str, str]:
    """Read `reference=call_id,at=started` as which column holds what.

    Raises:
        InvalidEvent: `invalid_map`.
    """
    found: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        field, _, column = part.partition("=")
        if field.strip() not in FIELDS or not column.strip():
            raise InvalidEvent(
                "invalid_map", f"write FIELD=COLUMN with {', '.join(FIELDS)}, not {part!r}"
            )
        found[field.strip()] = column.strip()
    if not ({"day", "count"} <= found.keys() or found.keys() & {"reference", "at"}):
        raise InvalidEvent("invalid_map", "say where reference or at is, or both day and count")
    return found


def read_asterisk(lines: Iterable[str], zone: tzinfo) -> list[SourceContact]:
    """Read Asterisk's call detail records; legs of one call have one `uniqueid`.

    Raises:
        InvalidEvent: `invalid_cdr`, naming the line.
    """
    found = []
    for number, row in _rows(lines):
        if len(row) < len(ASTERISK) - 2:
            raise InvalidEvent("invalid_cdr", "too few columns for Asterisk's cdr_csv", line=number)
        if number == 1 and row[9].strip().lower() == "start":
            continue
        named = dict(zip(ASTERISK, row, strict=False))
        found.append(_contact(number, named, ASTERISK_MAP, zone))
    return _calls(found)


def read_contacts(
    lines: Iterable[str], columns: Mapping[str, str], zone: tzinfo
) -> list[SourceContact]:
    """Read a CSV with a header as contacts.

    Raises:
        InvalidEvent: `invalid_cdr`, naming the line.
    """
    return _calls([_contact(n, row, columns, zone) for n, row in _named(lines, columns)])


def read_days(lines: Iterable[str], columns: Mapping[str, str]) -> list[SourceDay]:
    """Read a CSV with a header as counts per day.

    Raises:
        InvalidEvent: `invalid_cdr`, naming the line.
    """
    found: dict[date, int] = {}
    for number, row in _named(lines, columns):
        try:
            day = date.fromisoformat(row[columns["day"]].strip()[:10])
            found[day] = found.get(day, 0) + int(row[columns["count"]])
        except ValueError as error:
            raise InvalidEvent("invalid_cdr", f"no day or no count: {error}", line=number) from None
    return [SourceDay(*one) for one in sorted(found.items())]


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, strict=True)
    try:
        for row in reader:
            if any(row):
                yield reader.line_num, row
    except csv.Error as error:
        raise InvalidEvent("invalid_cdr", f"not CSV: {error}", line=reader.line_num) from None


def _named(
    lines: Iterable[str], columns: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, str]]]:
    rows = _rows(lines)
    _, header = next(rows, (1, []))
    names = [name.strip().lstrip("\ufeff") for name in header]
    for column in columns.values():
        if column not in names:
            raise InvalidEvent("invalid_cdr", f"there is no column {column!r}", line=1)
    for number, row in rows:
        yield number, dict(zip(names, row, strict=False))


def _contact(
    line: int, row: Mapping[str, str], columns: Mapping[str, str], zone: tzinfo
) -> SourceContact:
    said = {field: row.get(column, "").strip() for field, column in columns.items()}
    answered = said.get("answered", "").upper()
    return SourceContact(
        line=line,
        reference=said.get("reference", ""),
        at=_time(said["at"], zone, line) if said.get("at") else None,
        caller=said.get("caller", ""),
        answered=answered in ("", "ANSWERED", "YES", "TRUE", "1"),
    )


def _time(text: str, zone: tzinfo, line: int) -> datetime:
    try:
        at = (
            datetime.fromtimestamp(float(text), UTC)
            if text.replace(".", "", 1).isdigit()
            else datetime.fromisoformat(text)
        )
    except (ValueError, OverflowError, OSError):
        raise InvalidEvent("invalid_cdr", f"not a time: {text!r}", line=line) from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _calls(rows: Sequence[SourceContact]) -> list[SourceContact]:
    """Make one contact of the legs of a call: the first that was answered, else the first."""
    kept: dict[object, SourceContact] = {}
    for row in rows:
        key = row.reference or (row.line,)
        held = kept.get(key)
        if held is None or (row.answered and not held.answered):
            kept[key] = row
    return list(kept.values())
