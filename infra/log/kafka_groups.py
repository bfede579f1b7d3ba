"""The consumer groups of the stages: who works in them, and where they begin after a replay."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kafka import errors  # type: ignore[import-untyped]  # it ships no types
from kafka.structs import (  # type: ignore[import-untyped]  # it ships no types
    OffsetAndMetadata,
    TopicPartition,
)

from infra.log.base import Positions
from infra.log.kafka_admin import AdminConnection
from infra.log.kafka_cluster import KafkaCluster
from schemas.errors import ConfigError, Unavailable

LEAVES_WITHIN_S = 12.0
"""Seconds after which a named worker that has stopped is no member any more."""

_POLL_S = 0.5


@dataclass(frozen=True)
class Member:
    """A worker that takes part in a stage; `host` as Kafka sees it."""

    stage: str
    name: str
    host: str
    partitions: tuple[str, ...]


class GroupsAdmin:
    """Looks at the groups of stages and moves them; for one thread.

    Every method raises Unavailable when the cluster does not answer within seconds, and
    ConfigError when access is denied.
    """

    def __init__(self, cluster: KafkaCluster) -> None:
        self._connection = AdminConnection(cluster)
        self._cluster = cluster

    def members(self, stages: Sequence[str]) -> list[Member]:
        """List who takes part in stages, with the partitions that each has."""
        groups = {self._cluster.group(stage): stage for stage in stages}
        with self._connection.translated("asking for the members of groups") as client:
            answers = client.describe_groups(list(groups))
        return [
            Member(
                groups[name],
                (one["group_instance_id"] or one["member_id"]).removeprefix(f"{name}-"),
                str(one["client_host"]).lstrip("/"),
                self._held(one["member_assignment"]),
            )
            for name, group in answers.items()
            for one in group["members"]
        ]

    def require_empty(self, stages: Sequence[str], patience_s: float = LEAVES_WITHIN_S) -> None:
        """Wait until nobody takes part in stages.

        Raises:
            ConfigError: somebody still does after `patience_s` seconds.
        """
        deadline = time.monotonic() + patience_s
        while members := self.members(stages):
            if time.monotonic() >= deadline:
                named = ", ".join(sorted({f"{one.name} on {one.host}" for one in members}))
                at_work = ", ".join(sorted({one.stage for one in members}))
                raise ConfigError(
                    f"workers take part in {at_work}: {named}; stop the workers first"
                )
            time.sleep(_POLL_S)

    def positions(self, stage: str) -> Positions:
        """Give the positions that the group of a stage remembers: a hint."""
        group = self._cluster.group(stage)
        with self._connection.translated(f"asking where {group} stands") as client:
            found = client.list_group_offsets({group: None})[group]
        return {
            self._cluster.partition(place.topic, place.partition): one.offset - 1
            for place, one in found.items()
        }

    def move(self, stage: str, positions: Mapping[str, int]) -> None:
        """Let the group of a stage begin behind positions; without any, at the start.

        Raises:
            ConfigError: somebody takes part in it.
        """
        group = self._cluster.group(stage)
        self.require_empty([stage], 0)
        with self._connection.translated(f"moving {group}") as client:
            if not positions:
                refused = client.delete_groups([group])[group]
                if refused not in ("OK", errors.GroupIdNotFoundError.__name__):
                    raise Unavailable(f"Kafka does not forget where {group} stands: {refused}")
                return
            offsets = {
                TopicPartition(*self._cluster.place(name)): OffsetAndMetadata(offset + 1, "", -1)
                for name, offset in positions.items()
            }
            answers = client.alter_group_offsets(group, offsets)
        wrong = {str(answer) for answer in answers.values() if answer is not errors.NoError}
        if wrong:
            raise Unavailable(f"Kafka does not move {group}: {', '.join(sorted(wrong))}")

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _held(self, assignment: object) -> tuple[str, ...]:
        topics = assignment.get("assigned_partitions", ()) if isinstance(assignment, dict) else ()
        return tuple(
            sorted(
                self._cluster.partition(one["topic"], number)
                for one in topics
                for number in one["partitions"]
            )
        )
