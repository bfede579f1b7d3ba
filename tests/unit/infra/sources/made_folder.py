"""A folder to fill and to read, and made files to fill it with."""

from __future__ import annotations

import base64
import hashlib
import io
import math
import struct
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from infra.blobs import Blobs
from infra.sources.folder import Arrival, Rejection, SourceDefaults, read_paths
from processors.normalise.result import Company
from schemas.events import Event

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
COMPANY = Company(domains=("northwind.example",))
START = "2026-11-02T10:00:00Z"


def tone(channels: int = 1, pitch: float = 440.0) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        for n in range(2000):
            sample = int(8000 * math.sin(2 * math.pi * pitch * n / 8000))
            file.writeframes(struct.pack("<h", sample) * channels)
    return buffer.getvalue()


def sha512(data: bytes) -> str:
    return "sha512-" + base64.urlsafe_b64encode(hashlib.sha512(data).digest()).decode().rstrip("=")


def event(**fields: Any) -> bytes:
    base = {
        "id": "e1", "source": "widget", "channel": "chat", "kind": "message", "interaction": "c1",
        "occurred_at": START, "party": {"role": "customer"}, "body": {"text": "Hello"},
    }  # fmt: skip
    return msgspec.json.encode({**base, **fields})


def vcon(**dialog: Any) -> bytes:
    told = {"type": "recording", "start": START, "parties": [0, 1], **dialog}
    parties = [{"tel": "+12025550143", "name": "Ana"}, {"mailto": "bo@northwind.example"}]
    return msgspec.json.encode({"uuid": "u-1", "parties": parties, "dialog": [told]})


class Folder:
    """A folder to fill, and to read as the source does."""

    def __init__(self, path: Path) -> None:
        self.path = path / "in"
        self.path.mkdir()
        self.blobs = Blobs(path / "blobs")

    def put(self, name: str, data: bytes | str) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return file

    def read(self, *paths: Path) -> list[Arrival | Rejection]:
        return list(
            read_paths(
                paths or [self.path],
                defaults=SourceDefaults(tenant="acme", source="test"),
                blobs=self.blobs,
                company=COMPANY,
                now=NOW,
            )
        )

    def events(self) -> list[Event]:
        outcomes = self.read()
        refused = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
        assert not refused
        return [
            o.record for o in outcomes if isinstance(o, Arrival) and isinstance(o.record, Event)
        ]

    def refusals(self) -> dict[str, str]:
        return {o.name: o.reason for o in self.read() if isinstance(o, Rejection)}


def only(outcomes: list[Arrival | Rejection]) -> Arrival:
    (outcome,) = outcomes
    assert isinstance(outcome, Arrival)
    return outcome
