"""What both systems are given, and in which order: early, late, and once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from infra.log.base import Log, NewRecord, Positions
from infra.sources.arrival import SourceDefaults
from schemas.base import encode
from schemas.events import Event, Format, Payload
from schemas.ids import derive
from schemas.topics import INBOUND
from threadline.cli.ingest import ingest
from threadline.wiring import Wiring

READ = 2_000


@dataclass(frozen=True)
class Batch:
    """Files that are taken in together."""

    folder: Path
    tenant: str = "default"
    source: str = "folder"

    def take_in(self, wiring: Wiring) -> int:
        """Take the files in as `threadline ingest` does; give how many inputs were not new."""
        defaults = SourceDefaults(tenant=self.tenant, source=self.source)
        report = ingest(wiring, [self.folder], defaults, show=False)
        return report.inputs - report.accepted


@dataclass(frozen=True)
class Corpus:
    """Files that come early, files that come late, who the company is, and what time it is.

    `now` is the time on the clock of both systems: mails without a date are dated by it.
    """

    settings: str
    early: tuple[Batch, ...]
    late: tuple[Batch, ...]
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


def write_events(early: Path, late: Path, events: Iterable[Event]) -> None:
    """Write events into a folder, and one in ten into another that comes late."""
    for folder in (early, late):
        folder.mkdir(parents=True)
    files = early / "events.jsonl", late / "events.jsonl"
    with files[0].open("wb") as first, files[1].open("wb") as second:
        for event in events:
            chosen = second if int(derive("late", event.id), 16) % 10 == 0 else first
            chosen.write(encode(event) + b"\n")


def copies(log: Log, one_in: int, at: int) -> Iterator[NewRecord]:
    """Repeat one in so many of the records of `inbound`, as a producer does that tries again."""
    after: Positions = {}
    while records := log.read((INBOUND.name,), after, READ):
        for record in records:
            after[record.partition] = record.offset
            if int(derive("copy", record.id), 16) % one_in == 0:
                yield NewRecord(record.topic, record.key, record.id, at, record.value)


def strays(at: int) -> Iterator[NewRecord]:
    """Write what no door lets in: bytes that nobody can read, in several ways."""
    broken = Payload(payload=Format.VCON, id="stray-vcon", source="stray", name="a", data=b"{}")
    for number, value in enumerate((b"{", b"\xff\xfe", b"[]", b"{}", encode(broken))):
        yield NewRecord(INBOUND.name, f"stray/{number}", f"stray-{number}", at, value)
