"""Replay a week of airline tweets, tagged by our own encoder, and print the alerts.

Run with `python -m tests.bench.bench_spikes [--tags FILE]`, THREADLINE_DATA naming the folder of
data; `--tags` keeps the encoder's answers between runs. Tweets are real people's words: nothing
but times, counts and ids is printed.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from models.catalogue import PACKAGED
from models.encoder import TextEncoder
from schemas.alert import Alert, Tick
from schemas.answers import Encoding
from schemas.base import Contract, decode, encode
from schemas.events import Channel
from schemas.ids import derive
from schemas.interaction import Interaction
from streams.stages.watch import watch
from streams.topology import Emit, Message

DATA = Path(os.environ.get("THREADLINE_DATA", "../shared/data"))  # tests read it too
TWEETS = DATA / "sentiment" / "airline" / "tweets.csv"
# `tweet_created` is a spreadsheet's serial day in UTC-8.
SERIAL_ZERO = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(hours=8)
# 21 to 23 February, in UTC and at the West Coast alike.
STORM = (datetime(2015, 2, 21, 8, tzinfo=UTC), datetime(2015, 2, 24, tzinfo=UTC))
STORMY = ("US Airways", "United", "Southwest")


class Memory:
    """State of one stage, encoded as a store would keep it."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load(self, key, as_type):  # type: ignore[no-untyped-def]  # the Context protocol's generic
        held = self.kept.get(key)
        return None if held is None else decode(held, as_type)

    def save(self, key: str, value: Contract) -> None:
        self.kept[key] = encode(value)

    def forget(self, key: str) -> None:
        self.kept.pop(key, None)

    def prefetch(self, keys: object) -> None:
        """Everything is in memory."""

    def answer(self, message: Message) -> None:
        """No engine is asked."""


def tagged(rows: Sequence[dict[str, str]], kept: Path | None) -> dict[str, Encoding]:
    """Encode every text once, or read what an earlier run kept."""
    if kept is not None and kept.exists():
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, Encoding])
    encoder = TextEncoder(PACKAGED / "utterance-encoder")
    answers = {row["tweet_id"]: encoder.encode(row["text"].lstrip("=")) for row in rows}
    if kept is not None:
        kept.write_bytes(msgspec.json.encode(answers))
    return answers


def documents(
    rows: Sequence[dict[str, str]], answers: dict[str, Encoding], threshold: float
) -> Iterator[Interaction]:
    for row in rows:
        at = SERIAL_ZERO + timedelta(days=float(row["tweet_created"]))
        answer = answers[row["tweet_id"]]
        yield Interaction(
            id=derive("bench", row["tweet_id"]),
            tenant="bench",
            reference=row["tweet_id"],
            source="bench",
            channel=Channel.SOCIAL,
            started_at=at,
            ended_at=at,
            revision=1,
            negative=answer.sentiment is not None and answer.sentiment.negative >= threshold,
            preview=row["text"],
            attributes={"brand": row["airline"]},
        )


def replay(given: Sequence[Interaction]) -> tuple[list[Alert], float, float]:
    """Count everything, then tick once; give the alerts and both times in seconds."""
    stage, memory = watch(), Memory()
    messages = [Message("conversations", one.id, one.id, 0, 0, one) for one in given]
    started = time.perf_counter()
    for at in range(0, len(messages), stage.batch):
        list(stage.process(messages[at : at + stage.batch], memory))
    counted = time.perf_counter()
    tick = Tick(now=datetime(2016, 1, 1, tzinfo=UTC), idle=True)
    emitted: list[Emit] = list(stage.process([Message("ticks", "tick", "t", 0, 0, tick)], memory))
    alerts = {emit.value.id: emit.value for emit in emitted if isinstance(emit.value, Alert)}
    return list(alerts.values()), counted - started, time.perf_counter() - counted


def report(alerts: Sequence[Alert], brands: Sequence[str]) -> bool:
    for alert in sorted(alerts, key=lambda one: one.fired_at):
        print(f"  {alert.segment:24} {alert.fired_at:%d %b %H:%M} to {alert.cleared_at}")
        for window in alert.windows:
            print(
                f"    {window.minutes:4} min  {window.negatives:4}/{window.contacts:<4}"
                f" expected {window.expected_negatives:6.1f} at {window.expected_share:.2f}"
                f"  p(count) {window.count_p:.1e}  p(share) {window.share_p:.1e}"
            )
    good = True
    for brand in brands:
        own = [one for one in alerts if one.segment == f"brand={brand}"]
        inside = sum(STORM[0] <= one.fired_at < STORM[1] for one in own)
        good = good and len(own) - inside <= 1 and (inside > 0 or brand not in STORMY)
        print(f"  {brand:16} in the storm {inside}, elsewhere {len(own) - inside}")
    return good


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tags", type=Path, default=None)
    chosen = parser.parse_args(arguments)
    if not TWEETS.exists():
        print("skipped: the airline tweets are not here; set THREADLINE_DATA")
        return 0
    with TWEETS.open(encoding="utf-8", errors="replace", newline="") as lines:
        rows = list(csv.DictReader(lines))
    answers = tagged(rows, chosen.tags)
    brands = sorted({row["airline"] for row in rows})
    good = True
    for threshold in (0.5, 0.35, 0.65):
        alerts, counting, deciding = replay(list(documents(rows, answers, threshold)))
        print(f"negative at {threshold}: counted in {counting:.2f} s, decided in {deciding:.2f} s")
        good = report(alerts, brands) and (good or threshold != 0.5)
    print("as expected" if good else "NOT as expected")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
