"""Put the parts together: the only place that picks an adapter."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from infra.admission import Door
from infra.blobs import Blobs, BlobStore
from infra.log.base import Log
from infra.log.sqlite import SqliteLog
from infra.lookup import Lookup
from infra.muting import MutedCopies
from infra.search.base import Search
from infra.search.fts5 import Fts5Search
from infra.sqlite import Database
from infra.store.base import Store, Views
from infra.store.sqlite import SqliteStore
from infra.store.sqlite_reader import SqliteViews
from models.catalogue import PACKAGED, SATISFACTION
from models.satisfaction import SatisfactionRater
from processors.identity.nearby import Nearby
from processors.keywords import KeywordMatcher
from schemas.base import decode
from schemas.errors import ConfigError
from schemas.identity import Evidence
from schemas.topics import EVIDENCE
from streams.delivery import Backend
from streams.pipeline import PipelineRules, pipeline
from streams.runners.embedded import EmbeddedRunner, Pace
from streams.runners.follow_up import FollowUp
from streams.runners.lane import Lane
from streams.runners.likeness import Likeness
from streams.runners.outbox import Outbox
from streams.runners.runner import Runner
from streams.stages.resolve import NAME as RESOLVE
from streams.stages.resolve import nearby
from streams.topology import Stage, Topology
from threadline.backends import Backends
from threadline.settings import Settings
from threadline.slot import Slot, take_slot

if TYPE_CHECKING:
    from infra.engines import Engines
    from infra.log.kafka_admin import TopicsAdmin
    from infra.log.kafka_cluster import KafkaCluster
    from infra.log.kafka_groups import GroupsAdmin
    from infra.log.kafka_security import KafkaSecurity
    from infra.search.elastic import ElasticSearch
    from infra.store.postgres import PostgresStore
    from streams.runners.feeds import Feeds
    from streams.runners.share import Share
    from streams.runners.worker import ClusterWorker


def now_ms() -> int:
    """Read the clock: ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Wiring:
    """One home, opened. Whatever is asked of it a second time is the same object.

    Adapters of a cluster are imported where they are picked: the embedded default needs none.
    """

    settings: Settings

    def __post_init__(self) -> None:
        try:
            self.settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"cannot use the home {self.settings.home}: {error}") from error
        if self.backends.uses_file:
            database = Database(self.path)
            database.migrate()
            Fts5Search.migrate(database.connection)
            database.close()
        if self.backends.store == "postgresql":
            self._postgres().migrate()
        if self.backends.search != "embedded":
            self._elastic.migrate()

    @cached_property
    def backends(self) -> Backends:
        """Name the vendor behind each part."""
        return self.settings.backends

    @property
    def path(self) -> Path:
        """Give the one file of the embedded default."""
        return self.settings.home / "threadline.db"

    @cached_property
    def _counter(self) -> Backend:
        return self.backend()

    @cached_property
    def _counting(self) -> threading.Lock:
        return threading.Lock()

    @cached_property
    def blobs(self) -> BlobStore:
        """Open the folder or bucket of recordings."""
        if self.backends.blobs == "s3":
            from infra.blobs_s3 import S3Blobs

            return S3Blobs(self.settings.blobs, self.settings.home / "blob-cache")
        return Blobs(self.settings.recordings)

    @cached_property
    def muted(self) -> MutedCopies:
        """Open the folder of muted copies; it can be emptied at any time."""
        return MutedCopies(self.settings.home / "muted")

    @cached_property
    def topology(self) -> Topology:
        """Declare the pipeline with this home's settings."""
        return pipeline(
            PipelineRules(
                companies=self.settings.companies(),
                policy=self.settings.file.redaction,
                hearings=self.settings.hearings(),
                keywords=KeywordMatcher(self.settings.file.categories),
                brands=self.settings.brands(),
                satisfaction=SatisfactionRater(PACKAGED / SATISFACTION.name),
                ledger=self.settings.file.ledger,
                identity=self.settings.file.identity,
                talk=self.settings.file.talk,
            )
        )

    def backend(self, *, durable: bool = False) -> Backend:
        """Open log, store and index on connections of their own, for one thread.

        `durable` waits for the disk at every commit of the embedded file; servers always do.
        """
        database = Database(self.path, durable=durable) if self.backends.uses_file else None
        return Backend(self._log(database), self._store(database), self._search(database))

    def _log(self, database: Database | None) -> Log:
        if self.backends.log == "kafka":
            from infra.log.kafka import KafkaLog

            return KafkaLog(self.settings.log, security=self._kafka_security)
        assert database is not None
        return SqliteLog(database)

    def _store(self, database: Database | None) -> Store:
        if self.backends.store == "postgresql":
            return self._postgres()
        assert database is not None
        return SqliteStore(database)

    def _search(self, database: Database | None) -> Search:
        if self.backends.search != "embedded":
            return self._elastic
        assert database is not None
        return Fts5Search(database.connection)

    def _postgres(self) -> PostgresStore:
        from infra.store.postgres import PostgresStore

        settings = self.settings
        return PostgresStore(settings.store, password=settings.store_password or None)

    @cached_property
    def _elastic(self) -> ElasticSearch:
        from infra.search.elastic import ElasticSearch

        settings = self.settings
        return ElasticSearch(
            settings.search, api_key=settings.search_api_key or None, ca=settings.search_ca or None
        )

    @cached_property
    def kafka(self) -> KafkaCluster:
        """Say where Kafka is, and what our topics and groups are called there.

        Raises:
            ConfigError: the log is the embedded one.
        """
        if self.backends.log != "kafka":
            raise ConfigError("the log is the embedded file: set THREADLINE_LOG for Kafka")
        from infra.log.kafka_cluster import KafkaCluster

        return KafkaCluster.parse(self.settings.log, self._kafka_security)

    def topics(self) -> TopicsAdmin:
        """Open the administration of Kafka's topics, for one thread.

        Raises:
            ConfigError: the log is the embedded one.
        """
        from infra.log.kafka_admin import TopicsAdmin

        return TopicsAdmin(self.kafka, self.settings.partitions, self.settings.replication)

    def groups(self) -> GroupsAdmin | None:
        """Open the administration of the stages' groups, for one thread; None on one machine."""
        if not self.backends.is_cluster:
            return None
        from infra.log.kafka_groups import GroupsAdmin

        return GroupsAdmin(self.kafka)

    @cached_property
    def _kafka_security(self) -> KafkaSecurity:
        from infra.log.kafka_security import KafkaSecurity

        settings = self.settings
        return KafkaSecurity(
            tls=settings.log.startswith("kafka+ssl://"),
            ca=settings.log_ca,
            sasl=settings.log_sasl,
            user=settings.log_user,
            password=settings.log_password,
        )

    def door(self) -> Door:
        """Open the door for inputs; what it lets in has reached the disk."""
        if self.backends.is_cluster:
            with closing(self.topics()) as topics:
                topics.prepare()
        log, store, _ = self.backend(durable=True)
        return Door(log, store, now_ms)

    @cached_property
    def lookup(self) -> Lookup:
        """Open what readers ask, from any thread.

        The embedded index's columns are held in memory once, so searches take turns; rows do not.
        """
        database = Database(self.path) if self.backends.search == "embedded" else None
        return Lookup(self._views(), self._search(database), self.settings.companies())

    def _views(self) -> Views:
        if self.backends.store == "postgresql":
            from infra.store.postgres_reader import PostgresViews

            settings = self.settings
            return PostgresViews(settings.store, password=settings.store_password or None)
        return SqliteViews(self.path)

    def engines(self) -> Engines:
        """Open the pool of engines."""
        from infra.engines import Engines  # loads audio and model libraries: for runners only

        settings = self.settings
        return Engines(
            self.blobs.path,
            models=settings.models,
            speech=settings.speech_model,
            own=settings.file.models,
            contact_types=self.contact_types if self.contact_types.is_file() else None,
            device=settings.speech_device,
            compute_type=settings.speech_compute,
            cores=settings.worker_count,
            text_threads=settings.worker_count,
        )

    @property
    def contact_types(self) -> Path:
        """Give the file of the contact types that were taught here."""
        return self.settings.home / "contact-types.npz"

    def runner(self, engines: Engines, stages: Sequence[str] = ()) -> Runner:
        """Build the runner of some stages, or of all, for one thread.

        Raises:
            ConfigError: there is no such stage, or stages are named without a cluster.
        """
        if self.backends.is_cluster:
            return self._worker(engines, [self.topology.stage(name) for name in stages])
        if stages:
            raise ConfigError("the embedded runner runs all stages: set THREADLINE_LOG for workers")
        backend = self.backend()
        settings = self.settings
        return EmbeddedRunner(
            self.topology,
            backend,
            engines,
            now_ms,
            sidelines=self._sidelines(backend),
            pace=Pace(speech=2 * settings.worker_count, text=128 * settings.worker_count),
        )

    def _sidelines(self, backend: Backend) -> tuple[Lane, ...]:
        rules = self.settings.file.ledger
        return (
            self._outbox(backend),
            FollowUp(backend, self.topology, rules, now_ms),
            Likeness(backend, self._views(), now_ms),
        )

    def _outbox(self, backend: Backend) -> Outbox:
        from infra.notify import Notifier  # loads an HTTP client: for runners only

        settings = self.settings
        notifier = Notifier(settings.webhook_url or None, secret=settings.webhook_secret or None)
        return Outbox(backend, notifier, now_ms)

    def _worker(self, engines: Engines, stages: Sequence[Stage]) -> ClusterWorker:
        from streams.runners.worker import ClusterWorker

        settings = self.settings
        with closing(self.topics()) as topics:
            topics.prepare()
        return ClusterWorker(
            self.topology,
            stages or self.topology.stages,
            self.backend,
            engines,
            now_ms,
            self._feeds,
            self._sidelines,
            stall_s=settings.stall_s,
        )

    def health(self, runner: Runner) -> AbstractContextManager[object]:
        """Answer for a worker's health over HTTP, where a port is set for it.

        Raises:
            ConfigError: the port is taken.
        """
        settings = self.settings
        if not (settings.health_port and self.backends.is_cluster):
            return nullcontext()
        from infra.telemetry import HealthServer, WorkerFigures
        from streams.runners.worker import ClusterWorker

        assert isinstance(runner, ClusterWorker)
        figures = WorkerFigures(runner.status)
        runner.observe = figures.observe_batch
        return HealthServer(settings.health_host, settings.health_port, runner.status, figures)

    @cached_property
    def slot(self) -> Slot:
        """Take this worker's name."""
        return take_slot(self.settings.home, self.settings.worker)

    def _feeds(self, shares: Sequence[Share]) -> Feeds:
        if self.settings.engine == "confluent":
            from infra.log.kafka_group import GroupReader
            from streams.runners.confluent_loop import ConfluentFeeds

            return ConfluentFeeds(
                shares,
                lambda share: GroupReader(
                    self.kafka,
                    share.stage.name,
                    share.stage.reads,
                    share.reread,
                    member=self.slot.name,
                ),
            )
        from streams.runners.faust_app import FaustFeeds

        return FaustFeeds(shares, self.kafka, self.slot.name)

    def nearby(self, tenant: str, identifiers: Sequence[str]) -> Nearby:
        """Read the evidence around some identifiers, from any thread."""
        return nearby(partial(self.lookup.views.state, RESOLVE), tenant, identifiers)

    def evidence(self, tenant: str) -> list[Evidence]:
        """Read all evidence of a tenant from the log."""
        log = self.backend().log
        return [decode(data, Evidence) for data in log.values(EVIDENCE.name, tenant)]

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
