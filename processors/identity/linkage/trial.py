"""Try identity on a table with known truth: rules alone, with proposals, and exact matching."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import NamedTuple

from processors.identity.clusters import clusters
from processors.identity.linkage.evaluate import (
    Score,
    clusterwise,
    joined,
    labelled,
    pairwise,
)
from processors.identity.linkage.fields import name_of, subject_of
from processors.identity.linkage.precision import acceptable, expected
from processors.identity.linkage.proposals import Linked, link
from processors.identity.linkage.table import Labels, Record, Table
from processors.identity.rules import LIMITS, Rules
from schemas.identity import Evidence, Strength
from schemas.ids import derive

_ROW = "row"
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class Outcome(NamedTuple):
    """How one way of matching did; `clusters` is None where the labels tell of pairs only.

    `threshold` is the least probability that was accepted, `expected` the precision foretold.
    """

    name: str
    pairs: Score
    clusters: Score | None
    accepted: int = 0
    threshold: float | None = None
    expected: float | None = None


def evaluate(table: Table, labels: Labels | None, precisions: Sequence[float]) -> list[Outcome]:
    """Score exact matching, rules alone, and rules with the proposals of each expected precision.

    `table` must tell clusters, or `labels` be given.
    """
    size = len(table.records)
    ruled = automatic(table.records)
    groups: dict[int, list[int]] = {}
    for place, group in enumerate(ruled):
        groups.setdefault(group, []).append(place)
    subjects = [
        subject_of(
            str(group),
            (one for place in places for one in table.records[place].identifiers),
            (table.records[place].person for place in places),
        )
        for group, places in groups.items()
    ]
    found = link(subjects)
    outcomes = [
        _outcome("exact matching", exact(table.records), table, labels),
        _outcome("automatic merges", ruled, table, labels),
    ]
    probabilities = [one.probability for one in found.likely]
    for precision in precisions:
        taken = found.likely[: acceptable(probabilities, precision)]
        pairs = [(int(subjects[a].key), int(subjects[b].key)) for a, b, _, _ in taken]
        both = joined(size, [*enumerate(ruled), *pairs])
        outcomes.append(_with_proposals(precision, taken, _outcome("", both, table, labels)))
    return outcomes


def automatic(records: Sequence[Record]) -> list[int]:
    """Join rows by their identifiers alone, under the usual rules; give each one's first row."""
    statements = [
        Evidence(
            id=derive(_ROW, a, b),
            tenant=_ROW,
            a=a,
            b=b,
            strength=Strength.PROFILE,
            source=_ROW,
            at=_NEVER,
        )
        for number, record in enumerate(records)
        for a, b in _together([f"{_ROW}:{number}", *record.identifiers])
    ]
    rules = Rules(limits={**LIMITS, _ROW: len(records)})
    pairs = []
    for customer in clusters(statements, rules):
        rows = [int(one.partition(":")[2]) for one in customer.identifiers if one.startswith("row")]
        pairs += [(rows[0], row) for row in rows[1:]]
    return joined(len(records), pairs)


def _together(identifiers: Iterable[str]) -> Iterable[tuple[str, str]]:
    own = sorted(set(identifiers))
    return combinations(own, 2) if len(own) > 1 else zip(own, own, strict=True)


def exact(records: Sequence[Record]) -> list[int]:
    """Join rows of the same name and birth, or of the same name and place without any births."""
    births = any(record.person.born for record in records)
    first: dict[object, int] = {}
    pairs = []
    for number, (_, person, _) in enumerate(records):
        name = name_of(person)
        rest = person.born if births else (person.street, person.postcode, person.city)
        if name and all(name) and rest:
            pairs.append((first.setdefault((name, rest), number), number))
    return joined(len(records), pairs)


def _with_proposals(precision: float, taken: Sequence[Linked], scored: Outcome) -> Outcome:
    probabilities = [one.probability for one in taken]
    return scored._replace(
        name=f"with proposals above {precision:g}",
        accepted=len(taken),
        threshold=round(min(probabilities), 4) if probabilities else None,
        expected=round(expected(probabilities).precision, 4) if probabilities else None,
    )


def _outcome(name: str, found: list[int], table: Table, labels: Labels | None) -> Outcome:
    clusters_known = labels.clusters if labels and labels.clusters else table.clusters
    whole = clusterwise(found, clusters_known) if clusters_known else None
    if labels is not None and labels.pairs:
        if all(labels.pairs.values()):
            truth = joined(len(found), labels.pairs)
            return Outcome(name, pairwise(found, truth), clusterwise(found, truth))
        return Outcome(name, labelled(found, labels.pairs), whole)
    assert clusters_known is not None  # the caller has seen to it
    return Outcome(name, pairwise(found, clusters_known), whole)
