"""Time a mixed set of searches over a generated corpus: `python -m tests.bench.bench_search`.

Corpus: utterances of 5-40 words from a Zipf vocabulary of 50,000, 300 planted phrases (each in
10 to 180,000 of a million), 540 days, 3 % of the events up to 30 days late. Every query gives
total, days, 10 hits and highlights; 60 % newest, 40 % best.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import apsw
import numpy as np

from infra.search.base import SearchRequest
from infra.search.fts5 import Fts5Search
from processors.query import parse
from schemas.events import Channel, Party, Role
from schemas.search import Order
from schemas.utterance import Insights, Sentiment, Tagged, Utterance

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 540
VOCABULARY = 50_000
PHRASES = 300
BATCH = 500
CHANNELS, ROLES = tuple(Channel), (Role.CUSTOMER, Role.AGENT, Role.BOT)
SYLLABLES = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "ar", "en", "ol")]


def words_of(rng: random.Random) -> list[str]:
    """Invent a vocabulary; the commonest words are the shortest."""
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        length = 1 + (len(words) > 100) + (len(words) > 5000) + (rng.random() < 0.3)
        words["".join(rng.choices(SYLLABLES, k=length))] = None
    return list(words)


class Corpus:
    """Generated utterances, the same for the same size."""

    def __init__(self, size: int) -> None:
        rng = random.Random(7)
        self.size = size
        self.words = words_of(rng)
        self.phrases = [rng.sample(self.words[:8000], rng.randint(2, 4)) for _ in range(PHRASES)]
        self.shares = 180_000e-6 * (10 / 180_000) ** (np.arange(PHRASES) / (PHRASES - 1))

    def utterances(self) -> Iterator[Tagged]:
        """Yield them in order of arrival."""
        chance = np.random.default_rng(7)
        ranks = 1.0 / np.arange(1, VOCABULARY + 1)
        for start in range(0, self.size, 10_000):
            count = min(10_000, self.size - start)
            drawn = chance.choice(VOCABULARY, (count, 40), p=ranks / ranks.sum())
            lengths = chance.integers(5, 41, count)
            planted = chance.random((count, PHRASES)) < self.shares
            late = np.where(chance.random(count) < 0.03, chance.random(count) * 30, 0)
            scores = chance.normal(0, 0.4, count).clip(-1, 1).round(4)
            picks = chance.integers(0, 60_000, (count, 3))
            for row in range(count):
                number = start + row
                words = [self.words[word] for word in drawn[row, : lengths[row]]]
                for phrase in np.flatnonzero(planted[row]):
                    words[len(words) // 2 : len(words) // 2] = self.phrases[phrase]
                days = DAYS * (1 - number / self.size) + late[row]
                at = NOW - timedelta(days=float(days))
                yield self._tagged(number, at, " ".join(words), float(scores[row]), picks[row])

    def _tagged(self, number: int, at: datetime, text: str, score: float, picks: object) -> Tagged:
        interaction, channel, role = (int(pick) for pick in np.asarray(picks))
        return Tagged(
            utterance=Utterance(
                id=f"{number * 2654435761 % (1 << 64):024x}",
                interaction=f"interaction-{interaction}",
                tenant="acme",
                channel=CHANNELS[channel % len(CHANNELS)],
                at=at,
                party=Party(role=ROLES[role % len(ROLES)]),
                text=text,
            ),
            insights=Insights(
                engine="bench",
                language="en",
                contact_type=f"type-{interaction % 9}",
                sentiment=Sentiment(
                    negative=max(0.0, -score), neutral=1 - abs(score), positive=max(0.0, score)
                ),
            ),
        )

    def queries(self, count: int) -> list[tuple[str, str]]:
        """Make (class, query) pairs: words and phrases common, medium and rare, with filters."""
        rng = random.Random(11)
        makers = (
            ("phrase common", 14),
            ("phrase medium", 20),
            ("phrase rare", 14),
            ("and", 18),
            ("or", 11),
            ("near", 13),
            ("phrase not", 5),
            ("phrase and", 5),
        )
        names = [name for name, share in makers for _ in range(share)]
        kinds = [rng.choice(names) for _ in range(count)]
        return [(kind, f"{self._words(kind, rng)} {_filters(rng)}") for kind in kinds]

    def _words(self, kind: str, rng: random.Random) -> str:
        def phrase(low: int, high: int) -> str:
            return '"' + " ".join(self.phrases[rng.randrange(low, high)]) + '"'

        def word(high: int) -> str:
            return self.words[rng.randrange(20, high)]

        match kind:
            case "phrase common":
                return phrase(0, 60)
            case "phrase medium":
                return phrase(60, 180)
            case "phrase rare":
                return phrase(180, PHRASES)
            case "and":
                return f"{word(400)} {word(5000)}"
            case "or":
                return f"({word(2000)} OR {word(5000)})"
            case "near":
                return f"{word(400)} NEAR/8 {word(2000)}"
            case "phrase not":
                return f"{phrase(0, 180)} NOT {word(400)}"
            case _:
                return f"{phrase(0, 180)} {word(400)}"


def _filters(rng: random.Random) -> str:
    parts = [f"after:{rng.choice(('30d', '365d'))}"]
    if rng.random() < 0.5:
        parts.append(f"channel:{rng.choice(CHANNELS)}")
    if rng.random() < 0.5:
        parts.append(f"speaker:{rng.choice(ROLES)}")
    if rng.random() < 0.4:
        parts.append(f"sentiment:<{rng.choice((-0.3, 0.0, 0.3))}")
    return " ".join(parts)


def build(path: Path, corpus: Corpus) -> float:
    """Index the corpus, a commit per 500; give the utterances per second, generating left out."""
    connection = apsw.Connection(str(path))
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    Fts5Search.migrate(connection)
    search, spent, batch = Fts5Search(connection), 0.0, []
    for number, tagged in enumerate(corpus.utterances(), 1):
        batch.append(tagged)
        if len(batch) == BATCH or number == corpus.size:
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            search.apply(batch)
            connection.execute("COMMIT")
            spent += time.perf_counter() - began
            batch = []
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.close()
    return corpus.size / spent


class Timed(NamedTuple):
    """One query: its class, wall and processor milliseconds, and hits."""

    kind: str
    wall_ms: float
    cpu_ms: float
    hits: int


def run(search: Fts5Search, queries: list[tuple[str, str]]) -> list[Timed]:
    """Time each query from text to page; on a busy machine the processor's time says more."""
    timed = []
    for number, (kind, text) in enumerate(queries):
        order = Order.BEST if number % 5 in (1, 3) else Order.NEWEST
        began, worked = time.perf_counter(), time.process_time()
        request = SearchRequest(tenant="acme", query=parse(text, NOW), order=order, limit=10)
        page = search.search(request)
        worked, waited = time.process_time() - worked, time.perf_counter() - began
        timed.append(Timed(kind, waited * 1e3, worked * 1e3, page.total))
    return timed


def table(name: str, timed: list[Timed]) -> None:
    """Print one row per class of query, in milliseconds."""
    print(f"\n{name:<16}{'n':>5}{'p50':>8}{'p99':>8}{'max':>8}{'cpu p50':>9}{'p99':>8}{'hits':>8}")
    for kind in ["all", *sorted({query.kind for query in timed})]:
        chosen = [query for query in timed if kind in (query.kind, "all")]
        p50, p99, top = np.percentile([query.wall_ms for query in chosen], (50, 99, 100))
        cpu50, cpu99 = np.percentile([query.cpu_ms for query in chosen], (50, 99))
        hits = np.median([query.hits for query in chosen])
        print(
            f"{kind:<16}{len(chosen):>5}{p50:>8.1f}{p99:>8.1f}{top:>8.1f}"
            f"{cpu50:>9.1f}{cpu99:>8.1f}{hits:>8.0f}"
        )


def main(argv: list[str]) -> None:
    """Build the index where it is not kept from before, and time the queries twice."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=100_000, help="utterances")
    options.add_argument("--queries", type=int, default=500)
    options.add_argument("--file", type=Path, help="keep the index here and use it again")
    chosen = options.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.file or Path(folder) / "search.db"
        corpus = Corpus(chosen.size)
        if not path.exists():
            rate = build(path, corpus)
            print(f"indexed {chosen.size:,} at {rate:,.0f}/s, {path.stat().st_size / 1e6:.0f} MB")
        connection = apsw.Connection(str(path))
        connection.execute("PRAGMA cache_size=-65536")
        search = Fts5Search(connection)
        began = time.perf_counter()
        search.search(SearchRequest(tenant="acme", query=parse("", NOW), limit=1))
        print(f"columns loaded in {time.perf_counter() - began:.2f} s")
        queries = corpus.queries(chosen.queries)
        table("first", run(search, queries))
        table("warm", run(search, queries))
        connection.close()


if __name__ == "__main__":
    main(sys.argv[1:])
