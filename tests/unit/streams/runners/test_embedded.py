"""The embedded runner: engines that are slow, fail or come back; two runners; notifications."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.log.base import NewRecord
from infra.log.memory import MemoryLog
from infra.log.sqlite import SqliteLog
from infra.notify import Notifier
from infra.search.fts5 import Fts5Search
from infra.search.memory import MemorySearch
from infra.sqlite import Database
from infra.store.memory import MemoryStore
from infra.store.sqlite import SqliteStore
from processors.keywords import KeywordMatcher
from schemas.alert import Alert, Notification
from schemas.answers import Answer, Ask, TextAnswer, TrackTranscript, TranscribeAsk, Transcript
from schemas.base import encode
from schemas.errors import ConfigError, InvalidEvent, Unavailable
from schemas.events import Channel, Media, Party, Track
from schemas.interaction import Recording
from schemas.ledger import DeadLetter, LedgerEntry, Receipt, Step
from schemas.topics import NOTIFICATIONS, RECEIPTS, RECORDINGS, UTTERANCES
from schemas.utterance import Utterance, Word
from streams.delivery import Backend
from streams.runners import embedded
from streams.runners.embedded import EmbeddedRunner, Pace
from streams.runners.lane import Lane
from streams.runners.outbox import Outbox
from streams.stages.ledger import ledger
from streams.stages.tag import tag
from streams.stages.transcribe import transcribe
from streams.topology import Context, Emit, Message, Stage, Topology

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Clock:
    """Time that passes only when it is looked at."""

    def __init__(self, step_ms: int = 1) -> None:
        self.now = 0
        self._step = step_ms

    def __call__(self) -> int:
        self.now += self._step
        return self.now


class FakeEngines:
    """Answers at once, or with what it was told to fail with; counts what it was asked."""

    def __init__(self, failures: Sequence[Exception] = ()) -> None:
        self.asked: list[Ask] = []
        self._failures = list(failures)

    def submit(self, ask: Ask) -> Future[Answer]:
        self.asked.append(ask)
        future: Future[Answer] = Future()
        if self._failures:
            future.set_exception(self._failures.pop(0))
        elif isinstance(ask, TranscribeAsk):
            words = (Word(text="hello", start_s=0.5, end_s=0.9, confidence=0.9),)
            track = TrackTranscript(words=words, speech_s=0.4)
            future.set_result(
                Transcript(engine="test/1", language="en", duration_s=1.0, tracks=(track,))
            )
        else:
            future.set_result(TextAnswer(language="en"))
        return future

    def cache_key(self, ask: Ask) -> str:
        return encode(ask).hex()


def memory() -> Backend:
    return Backend(MemoryLog(), MemoryStore(), MemorySearch())


def recording(number: int, blob: str = "0" * 40) -> NewRecord:
    value = Recording(
        id=f"rec-{number}", interaction=f"i{number}", tenant="acme", channel=Channel.VOICE,
        started_at=AT, media=Media(tracks=(Track(blob=blob),)), parties=(Party(name="Ana"),),
    )  # fmt: skip
    return NewRecord(RECORDINGS.name, value.interaction, value.id, 0, encode(value))


def runner(backend: Backend, engines: FakeEngines, *stages: Stage) -> EmbeddedRunner:
    return EmbeddedRunner(Topology(stages), backend, engines, Clock(), pace=Pace(speech=4, text=8))


def written(backend: Backend, topic: str) -> list[str]:
    return [record.id for record in backend.log.read([topic], {}, 1000)]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "RETRY_S", (0.001, 0.001, 0.001))


def test_recordings_are_transcribed_in_order_and_the_same_audio_once() -> None:
    backend, engines = memory(), FakeEngines()
    backend.log.append([recording(n, blob=f"{n // 2:040}") for n in range(20)])
    assert runner(backend, engines, transcribe()).run_until_idle() == 20
    again = runner(backend, engines, transcribe())
    backend.store.reset(["transcribe"], [])
    backend.log.truncate(UTTERANCES.name)
    asked = len(engines.asked)
    assert again.run_until_idle() == 20
    assert len(engines.asked) == asked
    said = backend.log.read([UTTERANCES.name], {}, 100)
    assert [record.key for record in said] == [f"i{n}" for n in range(20)]


def test_a_recording_that_an_engine_refuses_is_a_dead_letter_and_the_others_go_on() -> None:
    backend = memory()
    engines = FakeEngines([InvalidEvent("truncated_audio", "the audio breaks off")])
    backend.log.append([recording(n, blob=f"{n:040}") for n in range(3)])
    runner(backend, engines, transcribe()).run_until_idle()
    (record,) = backend.log.read(["dead-letters"], {}, 9)
    assert b"truncated_audio" in record.value
    assert len(written(backend, UTTERANCES.name)) == 2
    assert isinstance(backend.store, MemoryStore)
    assert sum(map(len, [backend.store.rows["dead-letters"]])) == 1


def test_an_engine_that_breaks_is_a_dead_letter_that_says_so() -> None:
    backend = memory()
    backend.log.append([recording(1)])
    runner(backend, FakeEngines([ZeroDivisionError("by nothing")]), transcribe()).run_until_idle()
    (record,) = backend.log.read(["dead-letters"], {}, 9)
    assert b"internal_error" in record.value
    assert b"ZeroDivisionError" in record.value


def test_an_engine_that_is_away_for_a_while_is_asked_again_and_nothing_is_lost() -> None:
    backend = memory()
    engines = FakeEngines([Unavailable("busy"), Unavailable("busy")])
    backend.log.append([recording(n, blob=f"{n:040}") for n in range(3)])
    assert runner(backend, engines, transcribe()).run_until_idle() == 3
    assert len(written(backend, UTTERANCES.name)) == 3
    assert written(backend, "dead-letters") == []


def test_an_engine_that_stays_away_ends_the_run_and_the_next_run_goes_on() -> None:
    backend = memory()
    backend.log.append([recording(1)])
    with pytest.raises(Unavailable, match="busy"):
        runner(backend, FakeEngines([Unavailable("busy")] * 50), transcribe()).run_until_idle()
    assert backend.store.positions("transcribe") == {}
    assert runner(backend, FakeEngines(), transcribe()).run_until_idle() == 1


def test_missing_weights_end_the_run_with_what_to_do() -> None:
    backend = memory()
    backend.log.append([recording(1)])
    with pytest.raises(ConfigError, match="fetch"):
        runner(backend, FakeEngines([ConfigError("fetch it")]), transcribe()).run_until_idle()
    assert written(backend, "dead-letters") == []


def test_bytes_that_no_contract_reads_do_not_hold_up_a_stage_that_asks() -> None:
    backend, engines = memory(), FakeEngines()
    backend.log.append([NewRecord(RECORDINGS.name, "k", "bad", 0, b"{"), recording(1)])
    runner(backend, engines, transcribe()).run_until_idle()
    assert len(engines.asked) == 1
    (record,) = backend.log.read(["dead-letters"], {}, 9)
    assert b"invalid_json" in record.value


def test_a_run_until_stopped_finishes_what_it_has_and_lets_time_pass() -> None:
    backend, stop = memory(), threading.Event()
    backend.log.append([recording(1)])
    running = EmbeddedRunner(
        Topology((transcribe(), ledger())), backend, FakeEngines(), Clock(step_ms=200)
    )
    thread = threading.Thread(target=running.run, args=(stop,))
    thread.start()
    while not backend.log.lag(["ticks"], {}):
        stop.wait(0.01)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert running.delivered()["transcribe"] == 1
    assert running.delivered()["ledger"] >= 1


def counting(store_name: str = "count") -> Stage:
    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        for message in batch:
            held = ctx.load(message.key, LedgerEntry)
            entry = LedgerEntry(
                tenant="acme", interaction=message.key, revision=(held.revision if held else 0) + 1
            )
            ctx.save(message.key, entry)
            yield Emit("ledger", message.key, message.id, entry)

    return Stage(store_name, 1, (RECEIPTS.name,), ("ledger",), process, batch=3)


def test_two_runners_on_one_file_share_the_work_and_count_everything_once(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    opened = [Database(path)]
    opened[0].migrate()
    Fts5Search.migrate(opened[0].connection)
    receipts = [
        Receipt(tenant="acme", interaction=f"i{n % 4}", step=Step.TAGGED, items=(str(n),))
        for n in range(300)
    ]
    SqliteLog(opened[0]).append(
        [
            NewRecord(RECEIPTS.name, one.interaction, f"r{n}", 0, encode(one))
            for n, one in enumerate(receipts)
        ]
    )
    failed: list[BaseException] = []
    totals: list[int] = []

    def work() -> None:
        try:
            own = Database(path)
            backend = Backend(SqliteLog(own), SqliteStore(own), Fts5Search(own.connection))
            totals.append(runner(backend, FakeEngines(), counting()).run_until_idle())
            own.close()
        except BaseException as error:  # noqa: BLE001  # told to the main thread
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sum(totals) == 300
    revisions = opened[0].rows("SELECT revision FROM ledger")
    assert sum(revision for (revision,) in revisions) == 300
    opened[0].close()


class Receiver(BaseHTTPRequestHandler):
    """Is away for its first answers, then takes everything."""

    away = 0
    got: list[str] = []  # set anew by the fixture

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        cls = type(self)
        cls.away -= 1
        if cls.away < 0:
            cls.got.append(self.headers["Idempotency-Key"])
        self.send_response(503 if cls.away >= 0 else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on the console."""


@pytest.fixture
def notifier() -> Iterator[Callable[[int], Notifier]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    opened: list[Notifier] = []

    def build(away: int) -> Notifier:
        Receiver.away, Receiver.got = away, []
        opened.append(Notifier(f"http://127.0.0.1:{server.server_port}/hook"))
        return opened[-1]

    yield build
    for one in opened:
        one.close()
    server.shutdown()
    thread.join()
    server.server_close()


def notification(number: int) -> NewRecord:
    alert = Alert(
        id=f"a{number}", tenant="acme", rule="spike", segment="all", started_at=AT,
        fired_at=AT + timedelta(minutes=number),
    )  # fmt: skip
    note = Notification(id=f"n{number}", tenant="acme", alert=alert)
    return NewRecord(NOTIFICATIONS.name, "acme", note.id, 0, encode(note))


def drain(outbox: Outbox, backend: Backend, steps: int = 200) -> None:
    for _ in range(steps):
        if not outbox.step() and not outbox.lag():
            return
    raise AssertionError("the outbox is not empty")


def test_a_receiver_that_was_away_gets_each_notification_once_and_in_order(
    notifier: Callable[[int], Notifier],
) -> None:
    backend = memory()
    backend.log.append([notification(n) for n in range(5)])
    drain(Outbox(backend, notifier(3), Clock(step_ms=1_000)), backend)
    assert Receiver.got == [f"n{n}" for n in range(5)]


def test_what_was_sent_is_not_sent_again_by_a_replay_or_a_new_process(
    notifier: Callable[[int], Notifier],
) -> None:
    backend = memory()
    backend.log.append([notification(n) for n in range(3)])
    sender = notifier(0)
    drain(Outbox(backend, sender, Clock(1_000)), backend)
    backend.log.append([notification(n) for n in range(4)])
    drain(Outbox(backend, sender, Clock(1_000)), backend)
    backend.store.reset(["notify"], [])
    drain(Outbox(backend, sender, Clock(1_000)), backend)
    assert Receiver.got == ["n0", "n1", "n2", "n3"]


def test_a_receiver_that_is_away_holds_nothing_up_and_is_not_pestered(
    notifier: Callable[[int], Notifier],
) -> None:
    backend = memory()
    backend.log.append([notification(1), recording(1)])
    outbox = Outbox(backend, notifier(1_000), Clock())
    running = EmbeddedRunner(
        Topology((transcribe(),)), backend, FakeEngines(), Clock(), sidelines=(outbox,)
    )
    assert running.run_until_idle() == 1
    assert outbox.lag() == 1
    assert 1_000 - Receiver.away == 1


def test_a_notification_that_nobody_can_read_does_not_stop_those_behind_it(
    notifier: Callable[[int], Notifier],
) -> None:
    backend = memory()
    bad = NewRecord(NOTIFICATIONS.name, "acme", "bad", 0, b'{"id": 5}')
    backend.log.append([bad, notification(1)])
    drain(Outbox(backend, notifier(0), Clock(1_000)), backend)
    assert Receiver.got == ["n1"]
    assert isinstance(backend.store, MemoryStore)
    ((_, letter),) = backend.store.rows["dead-letters"].values()
    assert isinstance(letter, DeadLetter)
    assert (letter.stage, letter.reason) == ("notify", "invalid_field")


class LateEngines(FakeEngines):
    """Answers when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[Future[Answer]] = []

    def submit(self, ask: Ask) -> Future[Answer]:
        self.open.append(Future())
        return self.open[-1]


class Answering(Lane):
    """A sideline in whose step all answers come: after the stages have looked for them."""

    def __init__(self, backend: Backend, engines: LateEngines) -> None:
        super().__init__(Stage("answering", 1, (), (), lambda batch, ctx: ()), backend, Clock())
        self._engines = engines

    def step(self) -> int:
        for future in self._engines.open:
            future.set_result(TextAnswer(language="en"))
        self._engines.open.clear()
        return 0


def test_answers_that_come_between_two_looks_do_not_make_a_run_end_early() -> None:
    backend, engines = memory(), LateEngines()
    backend.log.append(utterances(40, "hello"))
    running = EmbeddedRunner(
        Topology((tag(KeywordMatcher()),)),
        backend,
        engines,
        Clock(),
        sidelines=(Answering(backend, engines),),
        pace=Pace(text=8),
    )
    assert running.run_until_idle() == 40


def test_an_utterance_is_not_asked_about_twice_at_once() -> None:
    backend, engines = memory(), FakeEngines()
    backend.log.append(utterances(40, "  ", "hello"))
    assert runner(backend, engines, tag(KeywordMatcher())).run_until_idle() == 40
    assert len(engines.asked) == 20
    assert len(set(written(backend, "tagged"))) == 40


def utterances(number: int, *texts: str) -> list[NewRecord]:
    said = [
        Utterance(
            id=f"u{n}", interaction="i1", tenant="acme", channel=Channel.CHAT, at=AT,
            party=Party(name="Ana"), text=texts[n % len(texts)],
        )
        for n in range(number)
    ]  # fmt: skip
    return [NewRecord(UTTERANCES.name, "i1", u.id, 0, encode(u)) for u in said]
