"""Quix Streams in a race, with its own ways: commits every five seconds, flushes before it.

Run by a Python that has `quixstreams` and `msgspec`: `race_quixstreams.py BROKERS PREFIX`.
"""

from __future__ import annotations

import sys

from quixstreams import Application  # type: ignore[import-not-found]  # not installed with us

from tests.bench.race_work import SOURCE, TARGET, work

if __name__ == "__main__":
    brokers, prefix = sys.argv[1:]
    app = Application(
        broker_address=brokers,
        consumer_group=f"{prefix}race-quixstreams",
        auto_offset_reset="earliest",
        auto_create_topics=False,
        loglevel="ERROR",
    )
    source = app.topic(prefix + SOURCE, value_deserializer="bytes")
    target = app.topic(prefix + TARGET, value_serializer="bytes")
    app.dataframe(source).apply(work).to_topic(target)
    app.run()
