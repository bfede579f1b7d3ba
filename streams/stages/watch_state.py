"""What the watch stage keeps between batches, and under which keys."""

from __future__ import annotations

from processors.spikes.decide import Episode
from processors.spikes.history import Ranges
from schemas.base import Contract

TENANTS = "tenants"


class Tenants(Contract, frozen=True, kw_only=True):
    """The tenants that have had a conversation."""

    names: tuple[str, ...] = ()


class Header(Contract, frozen=True, kw_only=True):
    """Where the watch of one tenant stands.

    `days` maps a day to the bits of its hours with contacts. `dirty` is the earliest bucket
    changed since the last decision, `decided` the last bucket decided. `noisy` lists, per
    segment, buckets [from, to) that must not be learned.
    """

    days: dict[int, int] = {}
    interactions: int = 0
    when_decided: int = 0
    stirred: bool = False
    dirty: int | None = None
    decided: int | None = None
    episodes: tuple[Episode, ...] = ()
    noisy: dict[str, Ranges] = {}


def header_key(tenant: str) -> str:
    """Name the state that says where the watch of a tenant stands."""
    return f"header:{tenant}"


def hour_key(tenant: str, hour: int) -> str:
    """Name the state of an hour's counts; hours count from 1970 UTC."""
    return f"hour:{tenant}:{hour}"


def seen_key(tenant: str, interaction: str) -> str:
    """Name the state of what an interaction has contributed."""
    return f"seen:{tenant}:{interaction}"


def day_key(tenant: str, day: int) -> str:
    """Name the state of a day's baselines; days count from 1970 UTC."""
    return f"baseline:{tenant}:{day}"


def alert_key(alert: str) -> str:
    """Name the state of an alert that was told."""
    return f"alert:{alert}"
