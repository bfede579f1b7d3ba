"""A real home served by the real app, without a socket between."""

from __future__ import annotations

import asyncio
import io
import json
import wave
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from starlette.applications import Starlette

from api.app import create_app
from api.services import Services, StageStatus
from threadline.settings import load_settings
from threadline.wiring import Wiring

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
LOCAL = ("127.0.0.1", 50_000)


class Home:
    """A home in a folder; `run` lets the pipeline process what came in."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.wiring = Wiring(load_settings(folder / "home", environ=environ))
        self.woken = 0
        self.services = Services(
            lookup=lambda: self.wiring.lookup,
            door=self.wiring.door(),
            blobs=self.wiring.blobs,
            muted=self.wiring.muted,
            status=lambda: [StageStatus(s, 0, n) for s, n in self.wiring.waiting().items()],
            backlog=lambda: self.wiring.waiting()["normalise"],
            nearby=self.wiring.nearby,
            identity=self.wiring.settings.file.identity,
            now=lambda: datetime.now(UTC),
            wake=self._wake,
            companies=self.wiring.settings.companies(),
        )

    def _wake(self) -> None:
        self.woken += 1

    def run(self) -> None:
        engines = self.wiring.engines()
        try:
            self.wiring.runner(engines).run_until_idle()
        finally:
            engines.close()

    def caller(self, **changes: Any) -> Caller:
        return Caller(create_app(replace(self.services, **changes)))


class Caller:
    """Sends requests to an app, from an address of its own."""

    def __init__(
        self, app: Starlette, client: tuple[str, int] = LOCAL, base: str = "http://127.0.0.1:8600"
    ) -> None:
        self.app = app
        self._client = client
        self._base = base

    def from_(self, address: str) -> Caller:
        return Caller(self.app, (address, 50_000), self._base)

    def naming(self, host: str) -> Caller:
        return Caller(self.app, self._client, f"http://{host}")

    def send(self, method: str, path: str, **asked: Any) -> httpx.Response:
        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=self._client)
            async with httpx.AsyncClient(transport=transport, base_url=self._base) as client:
                return await client.request(method, path, **asked)

        return asyncio.run(exchange())

    def get(self, path: str, **asked: Any) -> httpx.Response:
        return self.send("GET", path, **asked)

    def post(self, path: str, **asked: Any) -> httpx.Response:
        return self.send("POST", path, **asked)

    def post_lines(self, *lines: bytes) -> httpx.Response:
        return self.post(
            "/v1/events",
            content=b"\n".join(lines),
            headers={"content-type": "application/x-ndjson"},
        )


def message(number: int, text: str = "My router has been offline", **fields: Any) -> dict[str, Any]:
    """Write one chat message of the customer Ana, `number` minutes after the start."""
    return {
        "id": f"evt-{number}",
        "source": "chat-widget",
        "channel": "chat",
        "kind": "message",
        "interaction": f"chat-{number}",
        "occurred_at": (START + timedelta(minutes=number)).isoformat(),
        "party": {"role": "customer", "identifiers": ["email:ana@example.com", "handle:x:ana"]},
        "body": {"text": text},
        **fields,
    }


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def tone(seconds: float = 0.5, channels: int = 1) -> bytes:
    """Make a WAV file of 8 kHz; each further channel is an octave up and half as loud."""
    steps = np.arange(int(seconds * 8000))
    sides = [np.sin(steps * (side + 1) / 9) * 0.5 / (side + 1) for side in range(channels)]
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes((np.stack(sides, axis=1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
