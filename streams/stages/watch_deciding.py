"""Decide what a tick makes due for one tenant: which segments alert, and which alerts are over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from processors.spikes.counts import (
    PER_DAY,
    PER_HOUR,
    TOTAL,
    Contribution,
    HourCounts,
    Row,
    bucket_of,
    bucket_time,
)
from processors.spikes.decide import MARGIN, Episode, Trial, Watch
from processors.spikes.evidence import choose_examples, top_terms
from processors.spikes.history import Baselines, History, Ranges
from processors.spikes.windows import SIZES, Rules
from schemas.alert import Alert, Notification, Tick
from schemas.ids import derive
from schemas.ledger import Receipt, Step
from schemas.topics import ALERTS, NOTIFICATIONS, RECEIPTS
from streams.stages.watch_state import Header, alert_key, day_key, header_key, hour_key, seen_key
from streams.topology import Context, Emit

# A clock that runs ahead by this much is believed; events further ahead move nothing.
AHEAD = timedelta(minutes=5)
# While history pours in, decide again only when this part of it is new, or when it has stopped.
WORTH_DECIDING = 0.5
KEPT_DAYS = 70


class Deciding:
    """One tick of one tenant."""

    def __init__(self, tenant: str, tick: Tick, ctx: Context, rules: Rules) -> None:
        self._tenant = tenant
        self._tick = tick
        self._ctx = ctx
        self._rules = rules
        self._header = ctx.load(header_key(tenant), Header) or Header()
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
        return self._ctx.load(hour_key(self._tenant, hour), HourCounts) or HourCounts()

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
        key = day_key(self._tenant, day)
        dirty = self._header.dirty
        stale = not self._live and dirty is not None and dirty // PER_DAY < day
        found = None if stale else self._ctx.load(key, Baselines)
        if found is None:
            found = history.learn(day, self._rules.min_days)
            self._ctx.save(key, found)
            self._ctx.forget(day_key(self._tenant, day - 3))
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
        self._ctx.prefetch(seen_key(self._tenant, name) for name in missing)
        for name in missing:
            self._told[name] = self._ctx.load(seen_key(self._tenant, name), Contribution)
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
            known = self._ctx.load(alert_key(episode.id), Alert)
            if known is None:
                return
            alert = _cleared(known, self._end(trial.grid.first + column))
        self._ctx.save(alert_key(alert.id), alert)
        revision = derive("alert-revision", alert.id, alert.revision)
        yield Emit(ALERTS.name, alert.tenant, revision, alert)
        if fires:
            name = derive("notification", alert.id)
            note = Notification(id=name, tenant=alert.tenant, alert=alert)
            yield Emit(NOTIFICATIONS.name, alert.tenant, name, note)
            yield from _receipts(alert)

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
        terms = top_terms(_texts(now).values(), _texts(usual).values())
        return Alert(
            id=episode.id,
            tenant=self._tenant,
            rule=self._rules.name,
            segment=episode.segment,
            started_at=bucket_time(episode.started),
            fired_at=self._end(episode.fired),
            windows=tuple(trial.window(place, column, which) for which in range(len(SIZES))),
            terms=terms,
            # Few negatives of an hour are kept: a short window may have none of them.
            examples=choose_examples(_texts(sample), terms, _texts(now)),
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
                    self._ctx.forget(hour_key(self._tenant, day * 24 + hour))
        return kept

    def _save(self, **changes: object) -> None:
        self._header = replace(self._header, **changes)
        self._ctx.save(header_key(self._tenant), self._header)


def _texts(kept: list[tuple[str, Contribution]]) -> dict[str, str]:
    return {name: told.preview for name, told in kept}


def _receipts(alert: Alert) -> Iterator[Emit]:
    """Tell the ledger which contacts an alert shows."""
    for interaction in alert.examples:
        receipt = Receipt(
            tenant=alert.tenant, interaction=interaction, step=Step.ALERTED, items=(alert.id,)
        )
        yield Emit(RECEIPTS.name, interaction, derive("receipt", alert.id, interaction), receipt)


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
