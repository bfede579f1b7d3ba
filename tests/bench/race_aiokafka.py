"""A loop by hand on aiokafka in a race: `getmany`, send, wait for all, commit.

`python -m tests.bench.race_aiokafka BROKERS PREFIX`; ends on SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from aiokafka import (  # type: ignore[import-untyped]  # it ships no types
    AIOKafkaConsumer,
    AIOKafkaProducer,
)

from tests.bench.race_work import BATCH, SOURCE, TARGET, work


async def loop(brokers: str, prefix: str) -> None:
    consumer = AIOKafkaConsumer(
        prefix + SOURCE,
        bootstrap_servers=brokers,
        group_id=f"{prefix}race-aiokafka",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", max_batch_size=256 << 10)
    await consumer.start()
    await producer.start()
    while True:
        found = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        messages = [message for part in found.values() for message in part]
        if not messages:
            continue
        sent = [
            await producer.send(prefix + TARGET, work(one.value), key=one.key) for one in messages
        ]
        await asyncio.gather(*sent)
        await consumer.commit()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    asyncio.run(loop(*sys.argv[1:]))
