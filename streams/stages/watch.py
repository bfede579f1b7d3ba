"""Watch for spikes of negative sentiment: count conversations, decide on ticks, alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from processors.spikes.counts import (
    PER_DAY,
    PER_HOUR,
    TOTAL,
    Contribution,
    HourCounts,
    Row,
    bucket_of,
    bucket_time,
    contribution_of,
    count,
)
from processors.spikes.decide import MARGIN, Episode, Trial, Watch
from processors.spikes.evidence import choose_examples, top_terms
from processors.spikes.history import Baselines, History, Ranges
from processors.spikes.windows import SIZES, Rules
from schemas.alert import Alert, Notification, Tick
from schemas.base import Contract
from schemas.errors import InvalidEvent
from schemas.ids import derive
from schemas.interaction import Interaction
from schemas.topics import ALERTS, CONVERSATIONS, NOTIFICATIONS, TICKS
from streams.topology import Context, Emit, Message, Stage

# A clock that runs ahead by this much is believed; events further ahead move nothing.
AHEAD = timedelta(minutes=5)
# While history pours in, decide again only when this part of it is new, or when it has stopped.
WORTH_DECIDING = 0.5
KEPT_DAYS = 70
_TENANTS = "tenants"


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


def _header_key(tenant: str) -> str:
    return f"header:{tenant}"


def _hour_key(tenant: str, hour: int) -> str:
    return f"hour:{tenant}:{hour}"


def _seen_key(tenant: str, interaction: str) -> str:
    return f"seen:{tenant}:{interaction}"


def _day_key(tenant: str, day: int) -> str:
    return f"baseline:{tenant}:{day}"


def _alert_key(alert: str) -> str:
    return f"alert:{alert}"


def watch(rules: Rules | None = None) -> Stage:
    """Build the stage: conversations are counted, ticks decide.

    State is kept per tenant: a header, counts per hour, each interaction's last contribution and
    the day's baselines. Counts do not depend on the order or number of deliveries.
    """
    chosen = rules or Rules()

    def process(batch: Sequence[Message], ctx: Context) -> Iterable[Emit]:
        ctx.prefetch(_wanted(batch))
        counting = _Counting(ctx, chosen)
        for message in batch:
            if isinstance(message.value, Interaction):
                counting.add(message.value)
            elif isinstance(message.value, Tick):
                counting.flush()
                yield from _decide_all(message.value, ctx, chosen)
            else:
                raise InvalidEvent("unexpected_record", f"watch cannot read {message.topic}")
        counting.flush()

    return Stage(
        name="watch",
        version=1,
        reads=(CONVERSATIONS.name, TICKS.name),
        writes=(ALERTS.name, NOTIFICATIONS.name),
        process=process,
    )


def _wanted(batch: Sequence[Message]) -> list[str]:
    keys = {_TENANTS: None}
    for message in batch:
        document = message.value
        if isinstance(document, Interaction):
            keys[_header_key(document.tenant)] = None
            keys[_seen_key(document.tenant, document.id)] = None
            keys[_hour_key(document.tenant, bucket_of(document.started_at) // PER_HOUR)] = None
    return list(keys)


class _Counting:
    """Folds a batch of documents into hours and headers, and saves each of them once."""

    def __init__(self, ctx: Context, rules: Rules) -> None:
        self._ctx = ctx
        self._attributes = rules.attributes
        self._hours: dict[tuple[str, int], HourCounts] = {}
        self._dirty: dict[str, int] = {}
        self._new: dict[str, int] = {}

    def add(self, document: Interaction) -> None:
        """Count a document, unless a later revision of it has been counted."""
        tenant, key = document.tenant, _seen_key(document.tenant, document.id)
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
            hour = self._ctx.load(_hour_key(*place), HourCounts) or HourCounts()
        self._hours[place] = count(hour, name, told, sign)
        self._dirty[tenant] = min(self._dirty.get(tenant, told.bucket), told.bucket)

    def flush(self) -> None:
        """Save what has been counted so far."""
        for (tenant, hour), counts in self._hours.items():
            if counts.rows:
                self._ctx.save(_hour_key(tenant, hour), counts)
            else:
                self._ctx.forget(_hour_key(tenant, hour))
        for tenant, dirty in self._dirty.items():
            self._note(tenant, dirty)
        self._hours, self._dirty, self._new = {}, {}, {}

    def _note(self, tenant: str, dirty: int) -> None:
        header = self._ctx.load(_header_key(tenant), Header)
        if header is None:
            header = Header()
            known = self._ctx.load(_TENANTS, Tenants) or Tenants()
            names = tuple(sorted({*known.names, tenant}))
            self._ctx.save(_TENANTS, Tenants(names=names))
        days = dict(header.days)
        for (owner, hour), counts in self._hours.items():
            if owner == tenant:
                bit = 1 << hour % 24
                bits = days.get(hour // 24, 0)
                days[hour // 24] = bits | bit if counts.rows else bits & ~bit
        earlier = dirty if header.dirty is None else min(header.dirty, dirty)
        changed = _replace(
            header,
            days={day: days[day] for day in sorted(days) if days[day]},
            interactions=header.interactions + self._new.get(tenant, 0),
            stirred=True,
            dirty=earlier,
        )
        self._ctx.save(_header_key(tenant), changed)


def _replace(header: Header, **changes: object) -> Header:
    """Copy a header with other values."""
    fields = {name: getattr(header, name) for name in header.__struct_fields__}
    return Header(**{**fields, **changes})


def _decide_all(tick: Tick, ctx: Context, rules: Rules) -> Iterator[Emit]:
    known = ctx.load(_TENANTS, Tenants) or Tenants()
    ctx.prefetch(_header_key(tenant) for tenant in known.names)
    for tenant in known.names:
        yield from _Deciding(tenant, tick, ctx, rules).run()


class _Deciding:
    """One tick of one tenant."""

    def __init__(self, tenant: str, tick: Tick, ctx: Context, rules: Rules) -> None:
        self._tenant = tenant
        self._tick = tick
        self._ctx = ctx
        self._rules = rules
        self._header = ctx.load(_header_key(tenant), Header) or Header()
        self._live = False
        self._told: dict[str, Contribution | None] = {}
        self._fractions: dict[tuple[str, tuple[str, ...], int, int], float] = {}

    def run(self) -> Iterator[Emit]:
        """Decide every bucket that is due; keep where the watch then stands."""
        span = self._due()
        if span is None:
            if self._header.stirred:
                self._save(stirred=False)
            return
        watcher = Watch(self._tenant, self._rules, self._header.episodes)
        noisy = dict(self._header.noisy)
        history = History(self._hour, self._header.days, noisy)
        for day in range(span[0] // PER_DAY, span[1] // PER_DAY + 1):
            if self._idle(day, watcher):
                continue
            first = max(span[0], day * PER_DAY)
            last = min(span[1], (day + 1) * PER_DAY - 1)
            yield from self._decide_day(first, last, history, watcher, noisy)
            history.forget_before(day)
        self._finish(span[1], watcher, noisy)

    def _hour(self, hour: int) -> HourCounts:
        return self._ctx.load(_hour_key(self._tenant, hour), HourCounts) or HourCounts()

    def _newest(self, limit: datetime) -> int | None:
        """Find the newest bucket with contacts that starts no later than `limit`."""
        last = bucket_of(limit)
        for day in sorted(self._header.days, reverse=True):
            for hour in range(23, -1, -1):
                number = day * 24 + hour
                if not self._header.days[day] >> hour & 1 or number * PER_HOUR > last:
                    continue
                row = self._hour(number).rows[TOTAL]
                for slot in range(PER_HOUR - 1, -1, -1):
                    if row.contacts[slot] and number * PER_HOUR + slot <= last:
                        return number * PER_HOUR + slot
        return None

    def _due(self) -> tuple[int, int] | None:
        """Give the first and last bucket to decide, or None where nothing is due."""
        header, now = self._header, bucket_of(self._tick.now)
        if header.decided is not None and header.dirty is None and header.decided >= now:
            return None
        newest = self._newest(self._tick.now + AHEAD)
        if newest is None:
            return None
        self._live = now - newest < PER_DAY
        target = max(newest, now) if self._live else newest
        if header.decided is None:
            return min(header.days) * PER_DAY, target
        late = header.decided + 1 - self._rules.lateness_buckets
        if self._live:
            fresh = header.dirty is not None and header.dirty >= late - max(SIZES)
            return (late, target) if fresh or target > header.decided else None
        if header.dirty is None or not self._worth():
            return None
        # Nobody was there to be told yet, so history is decided again from what has changed.
        return min(late, header.dirty), target

    def _worth(self) -> bool:
        header = self._header
        new = header.interactions - header.when_decided
        return self._tick.idle or not header.stirred or new >= WORTH_DECIDING * header.when_decided

    def _idle(self, day: int, watcher: Watch) -> bool:
        days = self._header.days
        standing = any(one.cleared is None for one in watcher.episodes.values())
        return not standing and day not in days and day - 1 not in days

    def _baselines(self, day: int, history: History) -> Baselines:
        key = _day_key(self._tenant, day)
        dirty = self._header.dirty
        stale = not self._live and dirty is not None and dirty // PER_DAY < day
        found = None if stale else self._ctx.load(key, Baselines)
        if found is None:
            found = history.learn(day, self._rules.min_days)
            self._ctx.save(key, found)
            self._ctx.forget(_day_key(self._tenant, day - 3))
        return found

    def _decide_day(
        self, first: int, last: int, history: History, watcher: Watch, noisy: dict[str, Ranges]
    ) -> Iterator[Emit]:
        day = first // PER_DAY
        baselines = {one: self._baselines(one, history) for one in (day - 1, day)}
        if not baselines[day].rows:
            return
        trial = Trial(history.grid(first - MARGIN, last, baselines), self._rules)
        for column in range(MARGIN, MARGIN + last - first + 1):
            bucket = trial.grid.first + column
            for episode, fires in watcher.decide(trial, column, self._overlap):
                yield from self._tell(episode, fires, trial, column)
            quiet = {trial.grid.segments[place] for place in trial.passes(column)}
            standing = {e.segment for e in watcher.episodes.values() if e.cleared is None}
            for segment in sorted(quiet | standing):
                noisy[segment] = _joined(noisy.get(segment, ()), bucket)

    def _row(self, segment: str, hour: int) -> Row | None:
        if not self._header.days.get(hour // 24, 0) >> hour % 24 & 1:
            return None
        return self._hour(hour).rows.get(segment)

    def _negatives(self, segment: str, start: int, end: int) -> list[tuple[str, Contribution]]:
        """List the kept negatives of a segment in buckets [start, end)."""
        names: list[str] = []
        for hour in range(start // PER_HOUR, (end - 1) // PER_HOUR + 1):
            row = self._row(segment, hour)
            names += row.sample if row is not None else ()
        missing = [name for name in names if name not in self._told]
        self._ctx.prefetch(_seen_key(self._tenant, name) for name in missing)
        for name in missing:
            self._told[name] = self._ctx.load(_seen_key(self._tenant, name), Contribution)
        found = ((name, self._told[name]) for name in names)
        return [(name, told) for name, told in found if told and start <= told.bucket < end]

    def _overlap(self, segment: str, others: tuple[str, ...], start: int, end: int) -> float:
        # Longer stretches are asked for by the hour, so that a storm does not read them each time.
        if end - start >= PER_DAY:
            start, end = start // PER_HOUR * PER_HOUR, end // PER_HOUR * PER_HOUR
        key = (segment, others, start, end)
        if key not in self._fractions:
            self._fractions[key] = self._measured_overlap(*key)
        return self._fractions[key]

    def _measured_overlap(
        self, segment: str, others: tuple[str, ...], start: int, end: int
    ) -> float:
        """Weigh each hour's kept negatives by all it had: the same number is kept of each hour."""
        inside = total = 0.0
        for hour in range(start // PER_HOUR, (end - 1) // PER_HOUR + 1):
            row = self._row(segment, hour)
            base = hour * PER_HOUR
            low, high = max(start, base), min(end, base + PER_HOUR)
            sample = self._negatives(segment, low, high)
            if row is None or not sample:
                continue
            weight = sum(row.negatives[low - base : high - base])
            shared = sum(not set(told.segments).isdisjoint(others) for _, told in sample)
            inside += weight * shared / len(sample)
            total += weight
        return inside / total if total else 0.0

    def _tell(self, episode: Episode, fires: bool, trial: Trial, column: int) -> Iterator[Emit]:
        if fires:
            alert = self._alert(episode, trial, column)
        else:
            known = self._ctx.load(_alert_key(episode.id), Alert)
            if known is None:
                return
            alert = _cleared(known, self._end(trial.grid.first + column))
        self._ctx.save(_alert_key(alert.id), alert)
        revision = derive("alert-revision", alert.id, alert.revision)
        yield Emit(ALERTS.name, alert.tenant, revision, alert)
        if fires:
            name = derive("notification", alert.id)
            note = Notification(id=name, tenant=alert.tenant, alert=alert)
            yield Emit(NOTIFICATIONS.name, alert.tenant, name, note)

    def _end(self, bucket: int) -> datetime:
        """Give the end of a bucket, but never a time that has not come yet."""
        return min(bucket_time(bucket + 1), max(self._tick.now, bucket_time(bucket)))

    def _alert(self, episode: Episode, trial: Trial, column: int) -> Alert:
        place = trial.grid.segments.index(episode.segment)
        end = episode.fired + 1
        start = end - SIZES[episode.window]
        sample = self._negatives(episode.segment, start, end)
        # Words need more texts than a short window has.
        wide = end - SIZES[-1]
        now = self._negatives(episode.segment, wide, end)
        usual = self._negatives(episode.segment, wide - 2 * PER_DAY, wide)
        terms = top_terms([t.preview for _, t in now], [t.preview for _, t in usual])
        return Alert(
            id=episode.id,
            tenant=self._tenant,
            rule=self._rules.name,
            segment=episode.segment,
            started_at=bucket_time(episode.started),
            fired_at=self._end(episode.fired),
            windows=tuple(trial.window(place, column, which) for which in range(len(SIZES))),
            terms=terms,
            examples=choose_examples([(name, told.preview) for name, told in sample], terms),
        )

    def _finish(self, decided: int, watcher: Watch, noisy: dict[str, Ranges]) -> None:
        oldest = decided - KEPT_DAYS * PER_DAY
        episodes = (e for e in watcher.episodes.values() if e.cleared is None or e.fired > oldest)
        self._save(
            decided=max(decided, self._header.decided or decided),
            dirty=None,
            stirred=False,
            when_decided=self._header.interactions,
            episodes=tuple(sorted(episodes, key=lambda one: (one.fired, one.id))),
            noisy={
                segment: tuple(r for r in ranges if r[1] > oldest)
                for segment, ranges in noisy.items()
            },
            days=self._kept_days(decided // PER_DAY),
        )

    def _kept_days(self, today: int) -> dict[int, int]:
        """Forget the counts of days that no baseline needs any more."""
        kept = dict(self._header.days)
        for day in [one for one in kept if one < today - KEPT_DAYS]:
            bits = kept.pop(day)
            for hour in range(24):
                if bits >> hour & 1:
                    self._ctx.forget(_hour_key(self._tenant, day * 24 + hour))
        return kept

    def _save(self, **changes: object) -> None:
        self._header = _replace(self._header, **changes)
        self._ctx.save(_header_key(self._tenant), self._header)


def _joined(ranges: Ranges, bucket: int) -> Ranges:
    """Add a bucket to sorted ranges [from, to)."""
    for start, end in reversed(ranges):
        if start <= bucket < end:
            return ranges
        if bucket > end:
            break
    merged: list[tuple[int, int]] = []
    for start, end in sorted([*ranges, (bucket, bucket + 1)]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _cleared(alert: Alert, at: datetime) -> Alert:
    return Alert(
        id=alert.id,
        tenant=alert.tenant,
        rule=alert.rule,
        segment=alert.segment,
        started_at=alert.started_at,
        fired_at=alert.fired_at,
        state="cleared",
        cleared_at=at,
        windows=alert.windows,
        terms=alert.terms,
        examples=alert.examples,
        revision=alert.revision + 1,
    )
