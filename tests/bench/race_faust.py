"""Bare Faust in a race: `noack_take`, a producer of its own, everything sent before it is acked.

`python -m tests.bench.race_faust BROKERS PREFIX`; ends on SIGTERM.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import faust
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]  # it ships no types

from tests.bench.race_work import BATCH, SOURCE, TARGET, work

brokers, prefix = sys.argv[1:]
app = faust.App(
    f"{prefix}race-faust",
    broker=f"kafka://{brokers}",
    broker_max_poll_records=BATCH,
    consumer_auto_offset_reset="earliest",
    key_serializer="raw",
    value_serializer="raw",
    stream_wait_empty=False,
    topic_allow_declare=False,
    topic_disable_leader=True,
    web_enabled=False,
)


@app.agent(app.topic(prefix + SOURCE, key_type=bytes, value_type=bytes))
async def agent(stream: Any) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=brokers, acks="all", linger_ms=10, max_batch_size=256 << 10
    )
    await producer.start()
    async for events in stream.noack_take(BATCH, within=0.2):
        sent = [
            await producer.send(prefix + TARGET, work(one.value), key=one.key) for one in events
        ]
        await asyncio.gather(*sent)
        for one in events:
            await stream.ack(one)


if __name__ == "__main__":
    faust.Worker(app, loglevel="ERROR").execute_from_commandline()
