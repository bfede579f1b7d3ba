"""Count interactions per segment and 5-minute bucket, whatever order they come in."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from schemas.base import Contract
from schemas.interaction import Interaction

BUCKET_S = 300
PER_HOUR = 12
PER_DAY = 288
# Negatives looked at per segment and hour, those of the smallest ids: enough for the terms and
# examples of an alert.
SAMPLE = 16
# Ids kept for that. An interaction may be negative for a while and crowd out another, so without
# some in reserve the sample would depend on the order in which documents came.
KEPT = 3 * SAMPLE
TOTAL = "all"


def bucket_of(at: datetime) -> int:
    """Find the 5-minute bucket of an aware time, counted from 1970 UTC."""
    return int(at.timestamp()) // BUCKET_S


def bucket_time(bucket: int) -> datetime:
    """Give the start of a bucket in UTC."""
    return datetime.fromtimestamp(bucket * BUCKET_S, tz=UTC)


class Contribution(Contract, frozen=True, kw_only=True):
    """What one interaction adds to the counts; the highest revision stands."""

    revision: int
    bucket: int
    negative: bool
    segments: tuple[str, ...]
    preview: str = ""


class Row(Contract, frozen=True, kw_only=True):
    """One segment's hour: contacts and negatives per bucket, and the smallest ids of negatives."""

    contacts: tuple[int, ...] = (0,) * PER_HOUR
    negatives: tuple[int, ...] = (0,) * PER_HOUR
    kept: tuple[str, ...] = msgspec.field(default=(), name="sample")

    @property
    def sample(self) -> tuple[str, ...]:
        """Give the ids of the negatives to look at."""
        return self.kept[:SAMPLE]


class HourCounts(Contract, frozen=True, kw_only=True):
    """One hour of a tenant: a row per segment that had contacts; the total is row `all`."""

    rows: dict[str, Row] = {}


def segments_of(document: Interaction, attributes: tuple[str, ...]) -> tuple[str, ...]:
    """List the segments an interaction counts in, such as `all`, `channel=chat`, `queue=billing`.

    `attributes` names the configured ones; an attribute that is missing or empty gives none.
    """
    named = [f"channel={document.channel}"]
    if document.contact_type:
        named.append(f"contact_type={document.contact_type}")
    for name in attributes:
        value = document.attributes.get(name)
        if value is not None and value != "":
            named.append(f"{name}={value}")
    return (TOTAL, *named)


def contribution_of(document: Interaction, attributes: tuple[str, ...]) -> Contribution:
    """Tell what an interaction document adds to the counts."""
    return Contribution(
        revision=document.revision,
        bucket=bucket_of(document.started_at),
        negative=document.negative,
        segments=segments_of(document, attributes),
        preview=document.preview[:280],
    )


def _add(values: tuple[int, ...], slot: int, by: int) -> tuple[int, ...]:
    return (*values[:slot], values[slot] + by, *values[slot + 1 :])


def _changed(row: Row, name: str, told: Contribution, sign: int) -> Row:
    slot = told.bucket % PER_HOUR
    kept = row.kept
    if told.negative and sign > 0:
        kept = tuple(sorted({*kept, name})[:KEPT])
    elif told.negative:
        kept = tuple(known for known in kept if known != name)
    return Row(
        contacts=_add(row.contacts, slot, sign),
        negatives=_add(row.negatives, slot, sign * told.negative),
        kept=kept,
    )


def count(hour: HourCounts, name: str, told: Contribution, sign: int) -> HourCounts:
    """Add (`sign` 1) or take back (-1) the interaction `name`; rows that fall to zero go."""
    rows = dict(hour.rows)
    for segment in told.segments:
        row = _changed(rows.get(segment, Row()), name, told, sign)
        if any(row.contacts):
            rows[segment] = row
        else:
            rows.pop(segment, None)
    return HourCounts(rows=rows)
