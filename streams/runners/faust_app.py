"""The stages as Faust agents: stateless, one per stage, each with a consumer group of its own.

Faust reads, balances partitions and acknowledges; what it would keep itself (tables, windows,
transactions) is not used, because it does not survive a crash together with the offsets. A batch
is acknowledged when its share has committed it, so a crash repeats at most the batch in hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import faust
from faust.contrib.asgi import bind_to_running_loop
from faust.types import TP, EventT, Message

from infra.log.base import Record
from infra.log.kafka_cluster import KafkaCluster
from infra.log.kafka_records import record_reader
from schemas.errors import Unavailable
from streams.runners.faust_quirks import QuietApp
from streams.runners.share import Share

TAKE_WITHIN_S = 0.05
COMMIT_EVERY_S = 1.0
SESSION_S = 10.0
HEARTBEAT_S = 3.0
WATCH_S = 0.2
TELL_S = 5.0
LEAVE_S = 15.0

log = logging.getLogger(__name__)


class _Agent:
    """One stage: its Faust app, and the thread in which its share delivers."""

    def __init__(self, share: Share, cluster: KafkaCluster, member: str) -> None:
        self.share = share
        self.stopping = False
        self.failure: BaseException | None = None
        self.partitions: frozenset[str] | None = None
        self._cluster = cluster
        self._topics = [cluster.topic(name) for name in share.stage.reads]
        self._read = record_reader(cluster)
        self._in_hand: asyncio.Future[None] | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=share.stage.name)
        self.app = self._declare(member)

    def _declare(self, member: str) -> faust.App:
        stage = self.share.stage
        group = self._cluster.group(stage.name)
        app = QuietApp(
            group,
            broker=[f"kafka://{host}" for host in self._cluster.brokers.split(",")],
            broker_credentials=self._cluster.security.faust(),
            broker_session_timeout=SESSION_S,
            broker_heartbeat_interval=HEARTBEAT_S,
            broker_commit_interval=COMMIT_EVERY_S,
            broker_max_poll_records=stage.batch,
            consumer_auto_offset_reset="earliest",
            consumer_group_instance_id=f"{group}-{member}",
            key_serializer="raw",
            value_serializer="raw",
            stream_wait_empty=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
            web_tables_enabled=False,
        )
        topic = app.topic(*self._topics, key_type=bytes, value_type=bytes)
        app.agent(topic, name=f"threadline.{stage.name}", concurrency=1)(self._take)
        # Any: the signals' types ask for more arguments than their senders give.
        assigned: Any = app.on_partitions_assigned
        revoked: Any = app.on_partitions_revoked
        assigned.connect(self._assigned)
        revoked.connect(self._revoked)
        return app

    async def _take(self, stream: Any) -> None:
        events: Sequence[EventT[bytes]]
        batches: AsyncIterable[Any] = stream.noack_take(
            self.share.stage.batch, within=TAKE_WITHIN_S
        )
        async for events in batches:
            if self._in_hand is not None:
                await asyncio.wait([self._in_hand])
                self._in_hand.result()
            if self.stopping or self.failure is not None:
                await asyncio.Event().wait()
            # Not awaited: while a batch is delivered, Faust gets the next one ready.
            self._in_hand = asyncio.ensure_future(self._deliver(stream, events))

    async def _deliver(self, stream: Any, events: Sequence[EventT[bytes]]) -> None:
        records = [self._record(event.message) for event in events]
        delivered = asyncio.wrap_future(self._executor.submit(self.share.deliver, records))
        await asyncio.wait([delivered])
        if error := delivered.exception():
            # Nothing of the batch is acknowledged; the worker ends, and its heir repeats it.
            self.failure = error
            return
        for event in events:
            await stream.ack(event)
        # A hint: while a group finds itself again it may not be taken for long.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.app.consumer.commit(), TELL_S)

    def _record(self, message: Message) -> Record:
        at = round(message.timestamp * 1000)
        return self._read(
            message.topic,
            message.partition,
            message.offset,
            at,
            message.key,
            message.value,
            message.headers,  # type: ignore[arg-type]  # a list where messages are read
        )

    async def _assigned(self, app: faust.App, assigned: set[TP], **_: object) -> None:
        self.partitions = frozenset(
            self._cluster.partition(one.topic, one.partition)
            for one in app.consumer.assignment()
            if one.topic in self._topics
        )

    async def _revoked(self, app: faust.App, revoked: set[TP], **_: object) -> None:
        self.partitions = frozenset()

    async def finish(self) -> None:
        """Finish the batch in hand, and take no other."""
        self.stopping = True
        if self._in_hand is not None:
            await asyncio.wait([self._in_hand])
        self._executor.shutdown(wait=False)

    def look(self) -> None:
        """Notice when Faust itself has given up."""
        if self.failure is None and self.app.crashed:
            self.failure = Unavailable(f"Faust has stopped: {self.app.crash_reason!r}")
            self.failure.__cause__ = self.app.crash_reason


class FaustFeeds:
    """Runs the agents of some shares on an event loop in a thread of its own.

    `member` names this worker for static membership: unique among those that live.
    """

    def __init__(self, shares: Sequence[Share], cluster: KafkaCluster, member: str) -> None:
        self._shares = shares
        self._cluster = cluster
        self._member = member
        self._agents: list[_Agent] = []
        self._failure: BaseException | None = None
        self._stop = threading.Event()
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faust", daemon=True)

    def start(self) -> None:
        """Join the groups and begin to deliver."""
        for name in ("faust", "mode", "aiokafka"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batches in hand, acknowledge them, and leave the groups."""
        self._stop.set()
        self._finished.wait()
        # Nothing is lost without a farewell, and Faust may wait for a group for ever.
        self._thread.join(LEAVE_S)
        if self._thread.is_alive():
            log.warning("Faust does not leave its groups: they will notice")

    def failure(self) -> BaseException | None:
        """Give what has ended an agent; None while all is well."""
        found = [agent.failure for agent in self._agents if agent.failure is not None]
        return found[0] if found else self._failure

    def assigned(self, stage: str) -> frozenset[str] | None:
        """Name the partitions that this worker holds for a stage; None before it has joined."""
        found = [agent for agent in self._agents if agent.share.stage.name == stage]
        return found[0].partitions if found else None

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._finished.set()

    async def _serve(self) -> None:
        agents = [_Agent(share, self._cluster, self._member) for share in self._shares]
        for agent in agents:
            bind_to_running_loop(agent.app)
            agent.app.finalize()
        self._agents = agents
        starting = [asyncio.ensure_future(agent.app.maybe_start()) for agent in agents]
        while not self._stop.is_set():
            await asyncio.sleep(WATCH_S)
            for agent in agents:
                agent.look()
            for start in starting:
                if start.done() and (error := start.exception()):
                    self._failure = error
        await asyncio.gather(*(agent.finish() for agent in agents))
        self._finished.set()
        await asyncio.gather(*(agent.app.stop() for agent in agents), return_exceptions=True)
