"""Put the parts together: the only place that picks an adapter."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from infra.admission import Door
from infra.blobs import Blobs
from infra.log.sqlite import SqliteLog
from infra.lookup import Lookup
from infra.search.fts5 import Fts5Search
from infra.sqlite import Database
from infra.store.sqlite import SqliteStore
from infra.store.sqlite_reader import SqliteViews
from processors.keywords import KeywordMatcher
from schemas.base import decode
from schemas.errors import ConfigError
from schemas.identity import Evidence
from schemas.topics import DEAD_LETTERS, EVIDENCE, SEARCH, TOPICS
from streams.delivery import Backend
from streams.pipeline import PipelineRules, pipeline
from streams.runners.embedded import EmbeddedRunner, Pace
from streams.runners.outbox import Outbox
from streams.topology import Topology
from threadline.settings import Settings

if TYPE_CHECKING:
    from infra.engines import Engines


def now_ms() -> int:
    """Read the clock: ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Wiring:
    """One home, opened. Whatever is asked of it a second time is the same object."""

    settings: Settings

    def __post_init__(self) -> None:
        try:
            self.settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"cannot use the home {self.settings.home}: {error}") from error
        database = Database(self.path)
        database.migrate()
        Fts5Search.migrate(database.connection)
        database.close()

    @property
    def path(self) -> Path:
        """Give the one file."""
        return self.settings.home / "threadline.db"

    @cached_property
    def _counter(self) -> Backend:
        return self.backend()

    @cached_property
    def _counting(self) -> threading.Lock:
        return threading.Lock()

    @cached_property
    def blobs(self) -> Blobs:
        """Open the folder of recordings."""
        return Blobs(self.settings.home / "blobs")

    @cached_property
    def topology(self) -> Topology:
        """Declare the pipeline with this home's settings."""
        return pipeline(
            PipelineRules(
                companies=self.settings.companies(),
                policy=self.settings.file.redaction,
                keywords=KeywordMatcher(self.settings.file.categories),
            )
        )

    def backend(self, *, durable: bool = False) -> Backend:
        """Open log, store and index on a connection of their own, for one thread."""
        database = Database(self.path, durable=durable)
        return Backend(SqliteLog(database), SqliteStore(database), Fts5Search(database.connection))

    def door(self) -> Door:
        """Open the door for inputs; what it lets in has reached the disk."""
        log, store, _ = self.backend(durable=True)
        return Door(log, store, now_ms)

    @cached_property
    def lookup(self) -> Lookup:
        """Open what readers ask, from any thread.

        The index's columns are held in memory once, so searches take turns; rows do not.
        """
        search = Fts5Search(Database(self.path).connection)
        return Lookup(SqliteViews(self.path), search, self.settings.companies())

    def engines(self) -> Engines:
        """Open the pool of engines."""
        from infra.engines import Engines  # loads audio and model libraries: for runners only

        settings = self.settings
        return Engines(
            self.blobs.path,
            models=settings.models,
            speech=settings.speech_model,
            cores=settings.worker_count,
            text_threads=settings.worker_count,
        )

    def runner(self, engines: Engines) -> EmbeddedRunner:
        """Build the runner of the whole pipeline, for one thread."""
        from infra.notify import Notifier  # loads an HTTP client: for runners only

        backend = self.backend()
        settings = self.settings
        notifier = Notifier(settings.webhook_url or None, secret=settings.webhook_secret or None)
        return EmbeddedRunner(
            self.topology,
            backend,
            engines,
            now_ms,
            sidelines=(Outbox(backend, notifier, now_ms),),
            pace=Pace(speech=2 * settings.worker_count, text=64 * settings.worker_count),
        )

    def reset_from(self, stage: str) -> list[str]:
        """Forget what a stage and those after it have derived; give their names.

        Raises:
            ConfigError: there is no such stage.
        """
        stages = self.topology.from_stage(stage)
        names = [one.name for one in stages]
        written = {topic for one in stages for topic in one.writes}
        log, store, search = self.backend()
        letters = self.lookup.views.dead_letters(1_000_000)
        again = [letter.id for letter in letters if letter.stage in names]
        with store.transaction():
            # What these stages refused before they will refuse again, or not.
            log.discard(DEAD_LETTERS.name, again)
            for letter in again:
                store.settle(letter)
            store.reset(names, [TOPICS[topic] for topic in sorted(written)])
            kept = {
                topic for one in self.topology.stages if one not in stages for topic in one.writes
            }
            for topic in sorted(written - kept):
                log.truncate(topic)
            if SEARCH.name in written:
                search.clear()
        return names

    def evidence(self, tenant: str) -> list[Evidence]:
        """Read all evidence of a tenant from the log."""
        log = SqliteLog(Database(self.path))
        values = (decode(data, Evidence) for data in log.values(EVIDENCE.name, tenant))
        return list(values)

    def waiting(self) -> dict[str, int]:
        """Count the records that wait for each stage."""
        with self._counting:
            log, store, _ = self._counter
            return {
                stage.name: log.lag(stage.reads, store.positions(stage.name))
                for stage in self.topology.stages
            }

    def integrity(self) -> str:
        """Let SQLite check the file; `ok` when all is well."""
        return str(Database(self.path).value("PRAGMA quick_check(1)"))
