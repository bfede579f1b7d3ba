"""How records look on Kafka, whichever client carries them, and which partition a key has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from infra.log.base import Record
from infra.log.kafka_cluster import KafkaCluster
from schemas.ids import derive

ID_HEADER = "id"

_MASK = 0xFFFFFFFF
_MIX = 0x5BD1E995


class RecordReader(Protocol):
    """Makes a record of what a client hands over."""

    def __call__(
        self,
        topic: str,
        partition: int,
        offset: int,
        at: int,
        key: bytes | None,
        value: bytes | None,
        headers: Iterable[tuple[str, object]] | None,
    ) -> Record:
        """Make the record; `at` is in ms since 1970 UTC."""


def record_reader(cluster: KafkaCluster) -> RecordReader:
    """Give the function that makes records of what clients of a cluster hand over."""
    names: dict[str, str] = {}

    def read(
        topic: str,
        partition: int,
        offset: int,
        at: int,
        key: bytes | None,
        value: bytes | None,
        headers: Iterable[tuple[str, object]] | None,
    ) -> Record:
        ours = names.get(topic) or names.setdefault(topic, cluster.ours(topic))
        name = f"{ours}/{partition}"
        for header, text in headers or ():
            if header == ID_HEADER and isinstance(text, bytes):
                id = text.decode("utf-8", "replace")
                break
        else:
            # Somebody else wrote it: its place names it, again and again the same.
            id = derive("kafka", name, str(offset))
        return Record(
            ours, (key or b"").decode("utf-8", "replace"), id, at, value or b"", name, offset
        )

    return read


def partition_of(key: str, partitions: int) -> int:
    """Give the partition of a key as every Kafka client does: by murmur2."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Hash bytes to 32 bits: MurmurHash2 with Kafka's seed."""
    hashed = 0x9747B28C ^ len(data)
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        word = (int.from_bytes(data[at : at + 4], "little") * _MIX) & _MASK
        word = ((word ^ (word >> 24)) * _MIX) & _MASK
        hashed = ((hashed * _MIX) & _MASK) ^ word
    if whole < len(data):
        hashed = ((hashed ^ int.from_bytes(data[whole:], "little")) * _MIX) & _MASK
    hashed = ((hashed ^ (hashed >> 13)) * _MIX) & _MASK
    return hashed ^ (hashed >> 15)
