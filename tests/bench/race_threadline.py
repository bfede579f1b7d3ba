"""Threadline in a race: a worker whose one stage reads events and writes what was said.

`python -m tests.bench.race_threadline faust|confluent LOG STORE`; ends on SIGTERM.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from infra.log.kafka import KafkaLog
from infra.log.kafka_cluster import KafkaCluster
from infra.log.kafka_group import GroupReader
from infra.notify import Notifier
from infra.search.memory import MemorySearch
from infra.store.postgres import PostgresStore
from schemas.answers import Answer, Ask
from schemas.events import Event
from streams.delivery import Backend
from streams.runners.confluent_loop import ConfluentFeeds
from streams.runners.faust_app import FaustFeeds
from streams.runners.feeds import Feeds
from streams.runners.outbox import Outbox
from streams.runners.share import Share
from streams.runners.worker import ClusterWorker
from streams.topology import Context, Emit, Message, Stage, Topology
from tests.bench.race_work import BATCH, SOURCE, TARGET, said


def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
    """Write what was said; keep nothing."""
    for message in batch:
        assert isinstance(message.value, Event)
        made = said(message.value)
        yield Emit(TARGET, made.interaction, made.id, made)


class NoEngines:
    """Nothing is asked in this race."""

    def submit(self, ask: Ask) -> Future[Answer]:
        raise AssertionError("this race asks no engine")

    def cache_key(self, ask: Ask) -> str:
        raise AssertionError("this race asks no engine")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    """Run until told to stop."""
    engine, log, store = sys.argv[1:]
    cluster = KafkaCluster.parse(log)
    stage = Stage("bench", 1, (SOURCE,), (TARGET,), process, batch=BATCH)

    def open_backend() -> Backend:
        return Backend(KafkaLog(log), PostgresStore(store), MemorySearch())

    def open_feeds(shares: Sequence[Share]) -> Feeds:
        if engine == "faust":
            return FaustFeeds(shares, cluster, "bench")
        return ConfluentFeeds(
            shares,
            lambda share: GroupReader(
                cluster, share.stage.name, share.stage.reads, share.reread, member="bench"
            ),
        )

    worker = ClusterWorker(
        Topology((stage,)), (stage,), open_backend, NoEngines(), now_ms, open_feeds,
        lambda backend: (Outbox(backend, Notifier(), now_ms),),
    )  # fmt: skip
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker.run(stop)


if __name__ == "__main__":
    main()
