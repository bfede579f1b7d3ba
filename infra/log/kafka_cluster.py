"""Where a Kafka cluster is, and what our topics and groups are called there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, urlsplit

from infra.log.kafka_security import KafkaSecurity
from schemas.errors import ConfigError
from schemas.topics import DEAD_LETTERS

LARGEST_RECORD = 36 << 20
"""Bytes of key and value that a record may have: a mail of 25 MB, as text in JSON."""

LARGEST_LETTER = 66 << 20
"""The same for dead letters: they hold a record as text, and that of a letter holds it twice."""

DEFAULT_PORT = 9092


@dataclass(frozen=True)
class KafkaCluster:
    """A cluster: `brokers` as host:port with commas; `prefix` starts all names that we use."""

    brokers: str
    prefix: str = ""
    security: KafkaSecurity = field(default_factory=KafkaSecurity)

    @classmethod
    def parse(cls, url: str, security: KafkaSecurity | None = None) -> Self:
        """Read `kafka://host:port,host:port?prefix=acme.`; `kafka+ssl://` demands TLS.

        Raises:
            ConfigError: it is no such URL, or contradicts `security`.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("kafka", "kafka+ssl"):
            raise ConfigError("the log's URL must start with kafka:// or kafka+ssl://")
        if "@" in parts.netloc:
            raise ConfigError("the log's URL must not hold a user or password; set them apart")
        hosts = [host for host in parts.netloc.split(",") if host]
        query = parse_qs(parts.query)
        if not hosts or parts.path.strip("/") or query.keys() - {"prefix"}:
            raise ConfigError(f"{url!r} is not kafka://host:port,...?prefix=...")
        security = security or KafkaSecurity(tls=parts.scheme == "kafka+ssl")
        if security.tls != (parts.scheme == "kafka+ssl"):
            raise ConfigError("kafka+ssl:// and TLS go together; one of them is set, one is not")
        named = [host if ":" in host else f"{host}:{DEFAULT_PORT}" for host in hosts]
        return cls(",".join(named), query.get("prefix", [""])[-1], security)

    def topic(self, name: str) -> str:
        """Give the name that one of our topics has there."""
        return f"{self.prefix}{name}"

    def ours(self, topic: str) -> str:
        """Give our name of a topic there."""
        return topic.removeprefix(self.prefix)

    def group(self, stage: str) -> str:
        """Give the name of a stage's consumer group."""
        return f"{self.prefix}threadline.{stage}"

    def partition(self, topic: str, number: int) -> str:
        """Name a partition as positions do."""
        return f"{self.ours(topic)}/{number}"

    def place(self, partition: str) -> tuple[str, int]:
        """Give topic and number there of a partition named as positions do."""
        name, _, number = partition.partition("/")
        return self.topic(name), int(number)


def largest(topic: str) -> int:
    """Give how many bytes key and value of a record of one of our topics may have."""
    return LARGEST_LETTER if topic == DEAD_LETTERS.name else LARGEST_RECORD
