"""Where Faust must do otherwise than it does: no folders, and no end for want of partitions."""

from __future__ import annotations

from collections.abc import Mapping

import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP


class QuietApp(faust.App):
    """An app that makes no folders and outlives the loss of its partitions."""

    def _create_directories(self) -> None:
        """Make none: they would be for tables, in whatever folder the worker was started."""

    def _new_transport(self) -> Transport:
        return _Transport(self.conf.broker_consumer, self)


class _Thread(AIOKafkaConsumerThread):
    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit what is still held; to aiokafka a commit of nothing is a fault, which ends all."""
        held = {place: offset for place, offset in offsets.items() if place in self.assignment()}
        return bool(held) and await super()._commit(held)


class _Consumer(Consumer):
    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(Transport):
    Consumer = _Consumer
