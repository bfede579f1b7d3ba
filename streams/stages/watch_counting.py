"""Count conversations for the watch stage: one contribution per interaction, the newest."""

from __future__ import annotations

from msgspec.structs import replace

from processors.spikes.counts import PER_HOUR, Contribution, HourCounts, contribution_of, count
from processors.spikes.windows import Rules
from schemas.interaction import Interaction
from streams.stages.watch_state import TENANTS, Header, Tenants, header_key, hour_key, seen_key
from streams.topology import Context


class Counting:
    """Folds a batch of documents into hours and headers, and saves each of them once."""

    def __init__(self, ctx: Context, rules: Rules) -> None:
        self._ctx = ctx
        self._attributes = rules.attributes
        self._hours: dict[tuple[str, int], HourCounts] = {}
        self._dirty: dict[str, int] = {}
        self._new: dict[str, int] = {}

    def add(self, document: Interaction) -> None:
        """Count a document, unless a later revision of it has been counted."""
        tenant, key = document.tenant, seen_key(document.tenant, document.id)
        told = contribution_of(document, self._attributes)
        before = self._ctx.load(key, Contribution)
        if before is not None and before.revision >= told.revision:
            return
        self._ctx.save(key, told)
        if before is None:
            self._new[tenant] = self._new.get(tenant, 0) + 1
        else:
            if (before.bucket, before.negative, before.segments) == (
                told.bucket,
                told.negative,
                told.segments,
            ):
                return
            self._count(tenant, document.id, before, -1)
        self._count(tenant, document.id, told, 1)

    def _count(self, tenant: str, name: str, told: Contribution, sign: int) -> None:
        place = (tenant, told.bucket // PER_HOUR)
        hour = self._hours.get(place)
        if hour is None:
            hour = self._ctx.load(hour_key(*place), HourCounts) or HourCounts()
        self._hours[place] = count(hour, name, told, sign)
        self._dirty[tenant] = min(self._dirty.get(tenant, told.bucket), told.bucket)

    def flush(self) -> None:
        """Save what has been counted so far."""
        for (tenant, hour), counts in self._hours.items():
            if counts.rows:
                self._ctx.save(hour_key(tenant, hour), counts)
            else:
                self._ctx.forget(hour_key(tenant, hour))
        for tenant, dirty in self._dirty.items():
            self._note(tenant, dirty)
        self._hours, self._dirty, self._new = {}, {}, {}

    def _note(self, tenant: str, dirty: int) -> None:
        header = self._ctx.load(header_key(tenant), Header)
        if header is None:
            header = Header()
            known = self._ctx.load(TENANTS, Tenants) or Tenants()
            names = tuple(sorted({*known.names, tenant}))
            self._ctx.save(TENANTS, Tenants(names=names))
        days = dict(header.days)
        for (owner, hour), counts in self._hours.items():
            if owner == tenant:
                bit = 1 << hour % 24
                bits = days.get(hour // 24, 0)
                days[hour // 24] = bits | bit if counts.rows else bits & ~bit
        earlier = dirty if header.dirty is None else min(header.dirty, dirty)
        changed = replace(
            header,
            days={day: days[day] for day in sorted(days) if days[day]},
            interactions=header.interactions + self._new.get(tenant, 0),
            stirred=True,
            dirty=earlier,
        )
        self._ctx.save(header_key(tenant), changed)
