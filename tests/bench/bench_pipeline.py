"""Models inside the pipeline against the bare models, as ratios of the same run.

Run `python -m tests.bench.bench_pipeline [text|speech]`. Inside, every text and recording is read
from the log, answered by the pool of engines, made into records, and committed to the file; bare,
the model alone is run on the same input. Targets: text >= 0.90 in texts per core-second, speech
>= 0.95 in audio per second. `docs/how-to/scale.md` says where the rest goes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from datetime import UTC, datetime
from pathlib import Path

from infra.engines import Engines
from infra.log.base import NewRecord
from infra.log.sqlite import SqliteLog
from infra.search.fts5 import Fts5Search
from infra.sqlite import Database
from infra.store.sqlite import SqliteStore
from models.fetch import located
from processors.keywords import KeywordMatcher
from schemas.base import encode
from schemas.events import Channel, Media, Party, Role, Track
from schemas.interaction import Recording
from schemas.utterance import Utterance
from streams.delivery import Backend
from streams.runners.embedded import POLL_S
from streams.runners.lane import AskingLane
from streams.stages.tag import tag
from streams.stages.transcribe import transcribe
from streams.topology import Stage
from tests.bench.bench_models import CORES, MODELS, bare_speech, bare_text, calls, compare, texts

AT = datetime(2026, 11, 2, tzinfo=UTC)
PARTY = Party(role=Role.CUSTOMER, identifiers=("email:ana@example.com",))


def said(number: int, text: str) -> NewRecord:
    value = Utterance(
        id=f"u{number}", interaction=f"i{number // 5}", tenant="acme", channel=Channel.SOCIAL,
        at=AT, party=PARTY, text=text, language="en",
    )  # fmt: skip
    return NewRecord("utterances", value.interaction, value.id, 0, encode(value))


def recorded(number: int, path: Path) -> NewRecord:
    value = Recording(
        id=f"r{number}", interaction=f"i{number}", tenant="acme", channel=Channel.VOICE,
        started_at=AT, media=Media(tracks=(Track(blob=str(path)),)), parties=(PARTY,),
        attributes={"language": "en"},
    )  # fmt: skip
    return NewRecord("recordings", value.interaction, value.id, 0, encode(value))


def inside(
    stage: Stage, records: Sequence[NewRecord], engines: Engines, ahead: int, folder: Path
) -> Callable[[], None]:
    """Prepare homes that hold the records; each call runs the stage over a fresh one."""
    made = 0

    def prepared() -> Backend:
        nonlocal made
        made += 1
        database = Database(folder / f"{stage.name}-{made}.db")
        database.migrate()
        Fts5Search.migrate(database.connection)
        log = SqliteLog(database)
        log.append(records)
        return Backend(log, SqliteStore(database), Fts5Search(database.connection))

    homes = [prepared() for _ in range(8)]

    def run() -> None:
        lane = AskingLane(stage, homes.pop(), lambda: 0, engines, ahead)
        while True:
            moved, awaited = lane.step(), lane.awaited()
            if awaited is not None:
                wait([awaited], timeout=POLL_S)
            elif not moved:
                return

    return run


def bench_text(folder: Path) -> None:
    asked = texts()
    engines = Engines(Path, models=MODELS, text_threads=CORES)
    records = [said(number, text) for number, text in enumerate(asked)]
    run = inside(tag(KeywordMatcher()), records, engines, 128 * CORES, folder)
    compare(
        "text in the pipeline", bare_text(asked), run, amount=len(asked), unit="texts", rounds=7
    )
    engines.close()


def bench_speech(folder: Path) -> None:
    name = next((n for n in ("whisper-base", "whisper-tiny.en") if located(n, MODELS)), None)
    chosen, total = calls(300)
    if name is None or not chosen:
        sys.exit(f"no weights in {MODELS} or no calls in the data folder")
    engines = Engines(Path, models=MODELS, speech=name, cores=CORES)
    records = [recorded(number, path) for number, path in enumerate(chosen)]
    run = inside(transcribe(), records, engines, 2 * CORES, folder)
    bare = bare_speech(name, chosen)
    compare(f"speech {name} in the pipeline", bare, run, amount=total, unit="s of audio", rounds=3)
    engines.close()


def main() -> None:
    """Print the ratios of medians over interleaved rounds."""
    wanted = sys.argv[1:] or ["text", "speech"]
    with tempfile.TemporaryDirectory() as folder:
        if "text" in wanted:
            bench_text(Path(folder))
        if "speech" in wanted:
            bench_speech(Path(folder))


if __name__ == "__main__":
    main()
