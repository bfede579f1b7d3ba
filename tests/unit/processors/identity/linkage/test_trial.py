"""The trial on tables with known truth: our own, and public ones where they are at hand."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from processors.identity.linkage.evaluate import clusterwise, labelled, pairwise
from processors.identity.linkage.table import Table, read_labels, read_table
from processors.identity.linkage.trial import evaluate
from schemas.errors import InvalidEvent
from tests.unit.processors.identity.linkage.people import people

DATA = Path(os.environ.get("THREADLINE_DATA", Path(__file__).parents[6] / "shared" / "data"))

ROWS = [
    {"id": "1", "full_name": "Ana Silva", "e-mail": "ana@example.com", "mood": "calm"},
    {"id": "2", "full_name": "A. Silva", "e-mail": "ANA@example.com", "mood": "calm"},
    {"id": "3", "full_name": "Bob Baker", "e-mail": "", "mood": "calm"},
]


def test_scores_are_counted_pair_by_pair_and_cluster_by_cluster() -> None:
    found, truth = [0, 0, 0, 3, 4], ["a", "a", "b", "b", "c"]
    pairs = pairwise(found, truth)
    assert (pairs.claimed, pairs.true, pairs.right) == (3, 2, 1)
    assert (round(pairs.precision, 3), pairs.recall, round(pairs.f1, 3)) == (0.333, 0.5, 0.4)
    whole = clusterwise(found, truth)
    assert (whole.claimed, whole.true, whole.right) == (3, 3, 1)
    assert labelled(found, {(0, 1): True, (2, 3): True, (0, 2): False})[:] == (2, 2, 1)


def test_columns_are_known_by_their_headers_and_others_are_named() -> None:
    table = read_table(ROWS, {})
    assert table.unused == ("mood",)
    assert table.records[0].person.name == "Ana Silva"
    assert table.records[1].identifiers == ("email:ana@example.com",)
    assert read_table(ROWS, {"e-mail": "ignore"}).records[0].identifiers == ()


def test_labels_may_be_scored_pairs_or_clusters() -> None:
    table = read_table(ROWS, {})
    scored = read_labels([{"id_l": "1", "id_r": "2", "score": "0.2"}], table)
    assert scored.pairs == {(0, 1): False}
    plain = read_labels([{"id_l": "1", "id_r": "2"}], table)
    assert plain.pairs == {(0, 1): True}
    clusters = read_labels([{"id": "1", "cluster": "x"}, {"id": "2", "cluster": "x"}], table)
    assert clusters.clusters is not None
    assert clusters.clusters[0] == clusters.clusters[1] != clusters.clusters[2]


def test_febrl_writes_the_truth_into_its_ids() -> None:
    rows = [{"rec_id": "rec-7-org"}, {"rec_id": "rec-7-dup-0"}, {"rec_id": "rec-8-org"}]
    assert read_table(rows, {}).clusters == ["7", "7", "8"]


@pytest.mark.parametrize(
    ("rows", "columns", "reason"),
    [
        ([{"who": "1"}], {}, "missing_field"),
        (ROWS, {"id": "shoe size"}, "invalid_parameter"),
        (ROWS, {"shoe": "id"}, "invalid_parameter"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(
    rows: list[dict[str, str]], columns: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidEvent) as refused:
        read_table(rows, columns)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id_l": "1", "id_r": "9"}, "unknown_record"),
        ({"id_l": "1", "id_r": "2", "score": "high"}, "invalid_field"),
        ({"left": "1"}, "missing_field"),
    ],
)
def test_labels_that_cannot_be_read_are_refused(row: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        read_labels([row], read_table(ROWS, {}))
    assert refused.value.reason == reason


def test_proposals_find_what_identifiers_and_exact_matching_do_not() -> None:
    records, truth = people(800, 0.4)
    exact, automatic, proposed = evaluate(Table(records, truth, ()), None, (0.99,))
    assert automatic.pairs.claimed == 0
    assert exact.pairs.f1 < 0.6
    assert proposed.pairs.f1 > 0.9
    assert proposed.pairs.precision >= 0.97


def _read(name: str) -> list[dict[str, str]]:
    path = DATA / "identity" / "splink" / name
    if not path.exists():
        pytest.skip(f"{path} is absent: set THREADLINE_DATA")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, skipinitialspace=True))


def test_on_the_small_labelled_set_proposals_reach_what_was_promised() -> None:
    table = read_table(_read("fake_1000.csv"), {})
    labels = read_labels(_read("fake_1000_labels.csv"), table)
    exact, automatic, proposed = evaluate(table, labels, (0.99,))
    assert automatic.pairs.precision >= 0.99
    assert proposed.pairs.f1 > 0.95
    assert proposed.pairs.precision >= 0.99
    assert proposed.pairs.f1 > exact.pairs.f1 + 0.5


def test_on_addresses_full_of_slips_similarity_alone_reaches_it_too() -> None:
    table = read_table(_read("febrl/dataset3.csv"), {"soc_sec_id": "ignore"})
    _, automatic, proposed = evaluate(table, None, (0.99,))
    assert automatic.pairs.claimed == 0
    assert proposed.pairs.f1 > 0.98
