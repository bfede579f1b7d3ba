"""Decide, bucket by bucket, which segments alert and which alerts are over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from processors.spikes.baseline import WINDOWS
from processors.spikes.counts import TOTAL
from processors.spikes.significance import count_tail, discoveries
from processors.spikes.windows import SIZES, Grid, Rules, gate, measure, strength, sums
from schemas.alert import Window
from schemas.base import Contract
from schemas.ids import derive

# Buckets before the first decision that a grid must hold: the longest window, the longest run
# and the longest hold.
MOST_RUN = 24
MARGIN = SIZES[-1] + MOST_RUN

# Of one segment's negatives in a stretch of buckets [from, to), the fraction inside the others.
Overlap = Callable[[str, tuple[str, ...], int, int], float]


class Episode(Contract, frozen=True, kw_only=True):
    """One alert's life in buckets; `window` indexes the window that fired it."""

    id: str
    segment: str
    window: int
    started: int
    fired: int
    cleared: int | None = None


def specificity(segment: str, attributes: tuple[str, ...]) -> int:
    """Rank a segment: configured attributes 0, contact type 1, channel 2, everything 3."""
    kind = segment.partition("=")[0]
    if segment == TOTAL:
        return 3
    if kind in attributes:
        return 0
    return 1 if kind == "contact_type" else 2


class Trial:
    """The tests of one grid, each made once; columns count from the grid's first bucket."""

    def __init__(self, grid: Grid, rules: Rules) -> None:
        self.grid = grid
        self.rules = rules
        self._sums = [sums(grid, size) for size in SIZES]
        self._gates = [gate(one, rules) for one in self._sums]
        known = [place for place, one in enumerate(grid.baselines) if one is not None]
        self._known = known
        self.busy = [
            bool(any(one[known, column].any() for one in self._gates))
            for column in range(grid.contacts.shape[1])
        ]
        self._passes: dict[int, dict[int, dict[int, float]]] = {}

    def window(self, place: int, column: int, which: int) -> Window:
        """Measure one window that ends with a column."""
        baseline = self.grid.baselines[place]
        assert baseline is not None
        return measure(self._sums[which], baseline, which, place, column)

    def contacts_due(self, place: int) -> float:
        """Give the contacts a segment expects in a day."""
        baseline = self.grid.baselines[place]
        return sum(baseline.contacts) if baseline is not None else 0.0

    def _strengths(self, place: int, column: int) -> dict[int, float]:
        return {
            which: strength(self.window(place, column, which), self.rules.effect, self.rules.odds)
            for which in range(len(SIZES))
            if self._gates[which][place, column]
        }

    def passes(self, column: int) -> dict[int, dict[int, float]]:
        """Give, per segment, the windows below `p_fire` that stand among all segments tested."""
        found = self._passes.get(column)
        if found is None:
            found = self._passes.setdefault(column, self._find(column) if self.busy[column] else {})
        return found

    def _find(self, column: int) -> dict[int, dict[int, float]]:
        strengths = {place: self._strengths(place, column) for place in self._known}
        best = {str(place): min(all_.values()) for place, all_ in strengths.items() if all_}
        widest = self._sums[-1].contacts
        tested = sum(widest[place, column] >= self.rules.min_contacts for place in self._known)
        kept = discoveries(best, int(tested), self.rules.false_discovery)
        return {
            place: {which: p for which, p in all_.items() if p < self.rules.p_fire}
            for place, all_ in strengths.items()
            if str(place) in kept and min(all_.values()) < self.rules.p_fire
        }

    def _run(self, place: int, column: int, which: int, length: int, p: float, after: int) -> bool:
        return column - length + 1 - SIZES[which] + 1 > after - self.grid.first and all(
            self.passes(column - back).get(place, {}).get(which, 1.0) < p for back in range(length)
        )

    def firing(self, place: int, column: int, after: int) -> int | None:
        """Give the shortest window that has stood long enough, of those that start after `after`.

        `after` is the bucket in which the segment's last episode was cleared.
        """
        rules = self.rules
        for which, length in enumerate(rules.sustained):
            if self._run(place, column, which, length, rules.p_fire, after):
                return which
            if self._run(place, column, which, rules.urgent, rules.p_urgent, after):
                return which
        return None

    def suspect(self, place: int, column: int) -> bool:
        """Tell whether a segment is on its way to an alert."""
        strengths = self._strengths(place, column)
        return bool(strengths) and min(strengths.values()) < self.rules.p_clear

    def quiet(self, place: int, column: int, widest: int) -> bool:
        """Tell whether every window up to the one that fired is back to normal."""
        if self.grid.baselines[place] is None:
            return True
        rules = self.rules
        for which in range(widest + 1):
            window = self.window(place, column, which)
            p = strength(window, rules.clear_effect, rules.clear_odds) * window.minutes
            if window.contacts >= rules.min_contacts and p / WINDOWS[-1] < rules.p_clear:
                return False
        return True

    def explained(
        self, place: int, column: int, which: int, by: Iterable[str], overlap: Overlap
    ) -> bool:
        """Tell whether a segment's rise is gone once the negatives of other segments are left out.

        The rest is held against the part of the expectation that usually lies outside them.
        """
        others = tuple(sorted(by))
        if not others:
            return False
        segment, end = self.grid.segments[place], self.grid.first + column + 1
        start = end - SIZES[which]
        window = self.window(place, column, which)
        rest = round(window.negatives * (1 - overlap(segment, others, start, end)))
        usual = 1 - overlap(segment, others, start - 288, start)
        expected = max(window.expected_negatives * usual, 0.5)
        baseline = self.grid.baselines[place]
        assert baseline is not None
        p = count_tail(rest, expected, baseline.dispersion[which]) * WINDOWS[-1] / window.minutes
        return rest < self.rules.effect * expected or p >= self.rules.p_fire


class Watch:
    """The episodes of one tenant while buckets are decided in time order."""

    def __init__(self, tenant: str, rules: Rules, episodes: Iterable[Episode]) -> None:
        self._tenant = tenant
        self._rules = rules
        self.episodes = {episode.id: episode for episode in episodes}

    def _last(self, segment: str) -> Episode | None:
        own = [one for one in self.episodes.values() if one.segment == segment]
        return max(own, key=lambda one: one.fired, default=None)

    def _explainers(self, bucket: int) -> list[str]:
        """List segments whose episode is open, or so fresh that wide windows still see it."""
        return [
            one.segment
            for one in self.episodes.values()
            if one.fired <= bucket and (one.cleared is None or bucket - one.cleared <= SIZES[-1])
        ]

    def decide(self, trial: Trial, column: int, overlap: Overlap) -> Iterator[tuple[Episode, bool]]:
        """Decide one bucket; give each episode that fires (True) or clears (False)."""
        bucket = trial.grid.first + column
        for place, segment in enumerate(trial.grid.segments):
            last = self._last(segment)
            if last is not None and last.cleared is None and self._over(trial, column, place, last):
                self.episodes[last.id] = _cleared(last, bucket)
                yield self.episodes[last.id], False
        if trial.busy[column]:
            for episode in self._fire(trial, column, overlap):
                self.episodes[episode.id] = episode
                yield episode, True

    def _over(self, trial: Trial, column: int, place: int, episode: Episode) -> bool:
        length = self._rules.clear_buckets
        return trial.grid.first + column - episode.fired >= length and all(
            trial.quiet(place, column - back, episode.window) for back in range(length)
        )

    def _candidates(self, trial: Trial, column: int) -> list[tuple[int, int, int]]:
        """List (place, window, last clear) of segments that may fire, most specific first."""
        bucket, found = trial.grid.first + column, []
        for place in trial.passes(column):
            last = self._last(trial.grid.segments[place])
            if last is not None and (last.cleared is None or bucket <= last.cleared):
                continue
            after = last.cleared if last is not None and last.cleared is not None else 0
            which = trial.firing(place, column, after)
            if which is not None:
                found.append((place, which, after))
        return sorted(found, key=lambda one: self._rank(trial, one[0]))

    def _rank(self, trial: Trial, place: int) -> tuple[int, float, str]:
        segment = trial.grid.segments[place]
        tier = specificity(segment, self._rules.attributes)
        return tier, trial.contacts_due(place), segment

    def _fire(self, trial: Trial, column: int, overlap: Overlap) -> Iterator[Episode]:
        recent = self._explainers(trial.grid.first + column)
        for place, which, after in self._candidates(trial, column):
            standing = self._narrower(trial.grid.segments[place], recent)
            if trial.explained(place, column, which, standing, overlap):
                continue
            suspects = self._suspects(trial, column, place, standing)
            waited = trial.firing(place, column - self._rules.hold, after) is not None
            if (
                suspects
                and not waited
                and trial.explained(place, column, which, [*standing, *suspects], overlap)
            ):
                continue
            segment = trial.grid.segments[place]
            recent.append(segment)
            yield self._episode(trial, column, place, segment, which)

    def _narrower(self, segment: str, others: list[str]) -> list[str]:
        """Keep those that may explain a segment: a part is never explained by its whole."""
        kind, tier = segment.partition("=")[0], specificity(segment, self._rules.attributes)
        return [
            other
            for other in others
            if other.partition("=")[0] != kind
            and specificity(other, self._rules.attributes) <= tier
        ]

    def _suspects(self, trial: Trial, column: int, place: int, standing: list[str]) -> list[str]:
        own = self._rank(trial, place)
        return [
            segment
            for other, segment in enumerate(trial.grid.segments)
            if segment not in standing
            and trial.grid.baselines[other] is not None
            and self._rank(trial, other)[0] < own[0]
            and trial.suspect(other, column)
        ]

    def _episode(self, trial: Trial, column: int, place: int, segment: str, which: int) -> Episode:
        # Looking back no further than every grid reaches keeps the id the same in each replay.
        run = 1
        while run < MOST_RUN and which in trial.passes(column - run).get(place, {}):
            run += 1
        started = trial.grid.first + column - run + 1
        return Episode(
            id=derive("alert", self._tenant, self._rules.name, segment, started),
            segment=segment,
            window=which,
            started=started,
            fired=trial.grid.first + column,
        )


def _cleared(episode: Episode, bucket: int) -> Episode:
    return Episode(
        id=episode.id,
        segment=episode.segment,
        window=episode.window,
        started=episode.started,
        fired=episode.fired,
        cleared=bucket,
    )
