"""A worker: runs its stages, lets time pass where it watches, and leaves when it stands still."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.log.base import NewRecord
from infra.log.sqlite import SqliteLog
from infra.search.fts5 import Fts5Search
from infra.sqlite import Database
from infra.store.sqlite import SqliteStore
from infra.store.sqlite_reader import SqliteViews
from schemas.alert import Notification
from schemas.answers import Answer, Ask
from schemas.base import encode
from schemas.errors import Conflict
from schemas.events import Channel, Event, Kind, Party, Role
from schemas.topics import INBOUND, TICKS
from streams.delivery import Backend
from streams.pipeline import PipelineRules, pipeline
from streams.runners import worker as worker_module
from streams.runners.outbox import Outbox
from streams.runners.share import Share
from streams.runners.worker import ClusterWorker, Stalled
from streams.topology import Topology

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
TOPOLOGY = pipeline(PipelineRules())


class NoEngines:
    """No text and no recording comes up here."""

    def submit(self, ask: Ask) -> Future[Answer]:
        raise AssertionError(ask)

    def cache_key(self, ask: Ask) -> str:
        raise AssertionError(ask)


class Unsent:
    """Takes no notification: there is none."""

    def send(self, notification: Notification) -> None:
        raise AssertionError(notification)


class PollingFeeds:
    """Reads each stage's topics straight from the log, in a thread per share."""

    def __init__(self, shares: Sequence[Share], held: frozenset[str] | None) -> None:
        self._shares = shares
        self._held = held
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._loop, args=(one,)) for one in shares]
        self.broken: BaseException | None = None
        self.left = False

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.left = True

    def failure(self) -> BaseException | None:
        return self.broken

    def assigned(self, stage: str) -> frozenset[str] | None:
        return self._held

    def _loop(self, share: Share) -> None:
        while not self._stop.wait(0.01):
            records = share._delivery.read(share.positions())
            if records and self._held:
                share.deliver(records)


class Home:
    """A file with a log, and workers on it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "threadline.db"
        database = Database(self.path)
        database.migrate()
        Fts5Search.migrate(database.connection)
        self.log = SqliteLog(database)
        self.views = SqliteViews(self.path)
        self.feeds: PollingFeeds | None = None

    def backend(self) -> Backend:
        own = Database(self.path)
        return Backend(SqliteLog(own), SqliteStore(own), Fts5Search(own.connection))

    def contacts(self, count: int) -> None:
        events = [
            Event(
                id=f"e{n}",
                source="test",
                channel=Channel.CHAT,
                kind=Kind.STARTED,
                interaction=f"chat-{n}",
                occurred_at=AT + timedelta(minutes=n),
                party=Party(role=Role.CUSTOMER, identifiers=("email:ana@example.com",)),
            )
            for n in range(count)
        ]
        self.log.append([NewRecord(INBOUND.name, e.id, e.id, 0, encode(e)) for e in events])

    def worker(
        self,
        names: Sequence[str] = (),
        *,
        held: frozenset[str] | None = frozenset({"all"}),
        stall_s: float = 60.0,
        topology: Topology = TOPOLOGY,
    ) -> ClusterWorker:
        def feeds(shares: Sequence[Share]) -> PollingFeeds:
            self.feeds = PollingFeeds(shares, held)
            return self.feeds

        return ClusterWorker(
            topology,
            [stage for stage in topology.stages if not names or stage.name in names],
            self.backend,
            NoEngines(),
            lambda: time.time_ns() // 1_000_000,  # a test's clock
            feeds,
            lambda backend: (Outbox(backend, Unsent(), lambda: 0),),
            stall_s=stall_s,
        )

    def ticks(self) -> int:
        return self.log.lag((TICKS.name,), {})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def running(home: Home) -> Iterator[threading.Event]:
    stop = threading.Event()
    yield stop
    stop.set()


def until(condition: object, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    assert callable(condition)
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def test_everything_is_processed_and_time_passes_once(home: Home) -> None:
    home.contacts(12)
    seen: list[int] = []
    delivered = home.worker().run_until_idle(lambda stages: seen.append(len(stages)))
    assert home.views.completeness("default") == {"complete": 12}
    assert home.ticks() == 1
    assert delivered > 12 * 4
    assert set(seen) == {len(TOPOLOGY.stages)}
    assert home.feeds is not None
    assert home.feeds.left


def test_two_workers_with_some_stages_each_finish_together(home: Home) -> None:
    home.contacts(5)
    others = home.worker(["normalise", "transcribe", "tag", "resolve"])
    thread = threading.Thread(target=others.run_until_idle)
    thread.start()
    home.worker(["assemble", "index", "watch", "ledger"]).run_until_idle()
    thread.join(10)
    assert not thread.is_alive()
    assert home.views.completeness("default") == {"complete": 5}


def test_time_passes_where_the_ticks_are_held(home: Home, running: threading.Event) -> None:
    thread = threading.Thread(target=home.worker().run, args=(running,))
    thread.start()
    until(lambda: home.ticks() > 0)
    running.set()
    thread.join(10)
    assert not thread.is_alive()


def test_no_time_passes_where_nothing_is_held(home: Home, running: threading.Event) -> None:
    thread = threading.Thread(target=home.worker(held=frozenset()).run, args=(running,))
    thread.start()
    time.sleep(0.5)
    running.set()
    thread.join(10)
    assert home.ticks() == 0


def test_a_worker_that_stands_still_while_records_wait_leaves(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "CHECK_S", 0.05)
    home.contacts(1)
    monkeypatch.setattr(PollingFeeds, "_loop", lambda self, share: None)
    monkeypatch.setattr(PollingFeeds, "assigned", lambda self, stage: frozenset({"inbound"}))
    standing = home.worker(["normalise"], stall_s=0.3)
    with pytest.raises(Stalled, match="normalise has stood still"):
        standing.run(threading.Event())
    assert standing.status().stalled
    assert home.feeds is not None
    assert home.feeds.left


def test_a_worker_with_nothing_to_do_is_not_stalled(
    home: Home, monkeypatch: pytest.MonkeyPatch, running: threading.Event
) -> None:
    monkeypatch.setattr(worker_module, "CHECK_S", 0.05)
    idle = home.worker(["normalise"], stall_s=0.1)
    threading.Timer(0.6, running.set).start()
    idle.run(running)
    assert not idle.status().stalled


def test_what_ends_a_share_ends_the_worker(home: Home) -> None:
    overtaken = home.worker(["normalise"])
    assert home.feeds is not None
    home.feeds.broken = Conflict("stage normalise was moved by somebody else")
    with pytest.raises(Conflict):
        overtaken.run(threading.Event())
    assert home.feeds.left


def test_a_worker_is_ready_when_it_has_joined_and_says_what_waits(
    home: Home, monkeypatch: pytest.MonkeyPatch, running: threading.Event
) -> None:
    monkeypatch.setattr(worker_module, "CHECK_S", 0.05)
    assert not home.worker(held=None).status().ready
    home.contacts(3)
    told: list[str] = []
    ready = home.worker(["normalise"])
    ready.observe = lambda stage, seconds: told.append(stage)
    monkeypatch.setattr(PollingFeeds, "assigned", lambda self, stage: frozenset({"inbound"}))
    thread = threading.Thread(target=ready.run, args=(running,))
    thread.start()
    until(lambda: ready.status().stages and ready.status().stages[0].delivered == 3)
    running.set()
    thread.join(10)
    (stage,) = ready.status().stages
    assert (ready.status().ready, stage.lag, stage.idle_s) == (True, {"inbound": 0}, 0.0)
    assert set(told) == {"normalise"}
