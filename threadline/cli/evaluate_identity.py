"""`threadline eval identity`: how right merges and proposals are."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from processors.identity.linkage.evaluate import Score
from processors.identity.linkage.table import Labels, read_labels, read_table
from processors.identity.linkage.trial import Outcome, evaluate
from schemas.errors import InvalidEvent
from threadline.cli.common import print_json

CSV = click.Path(exists=True, dir_okay=False, path_type=Path)
PRECISIONS = (0.999, 0.99, 0.95, 0.90)


@click.command("identity")
@click.option(
    "--data", required=True, multiple=True, type=CSV, help="A table of people; several make one."
)
@click.option("--labels", type=CSV, help="What is true: pairs of ids, or each id's cluster.")
@click.option("--column", "columns", multiple=True, metavar="COLUMN=FIELD", help="What it holds.")
@click.option("--region", default="US", show_default=True, help="Of national phone numbers.")
@click.option("--above", type=click.FloatRange(0, 1), help="Accept proposals so precise only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def command(
    data: tuple[Path, ...],
    labels: Path | None,
    columns: tuple[str, ...],
    region: str,
    above: float | None,
    as_json: bool,
) -> None:
    """Score merges and proposals on a table of people (CSV)."""
    named = dict(text.partition("=")[::2] for text in columns)
    table = read_table([row for path in data for row in _rows(path)], named, region)
    truth: Labels | None = read_labels(_rows(labels), table) if labels else None
    if truth is None and table.clusters is None:
        raise InvalidEvent("missing_field", "say what is true: --labels, or a column `cluster`")
    outcomes = evaluate(table, truth, PRECISIONS if above is None else (above,))
    if as_json:
        print_json(
            {
                "records": len(table.records),
                "unused_columns": table.unused,
                "outcomes": [_as_json(one) for one in outcomes],
            }
        )
        return
    _show(len(table.records), table.unused, outcomes)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {(name or "").strip(): value or "" for name, value in row.items() if name is not None}
            for row in csv.DictReader(file, skipinitialspace=True)
        ]


def _show(records: int, unused: tuple[str, ...], outcomes: list[Outcome]) -> None:
    click.echo(f"{records} records; columns not used: {', '.join(unused) or 'none'}")
    click.echo(f"{'':<28}{'precision':>10}{'recall':>9}{'F1':>8}{'n':>9}   accepted, expected")
    for one in outcomes:
        told = f"{one.accepted}" + (f", {one.expected:.4f}" if one.expected is not None else "")
        click.echo(_line(one.name, one.pairs) + (f"   {told}" if one.accepted else ""))
        if one.clusters is not None:
            click.echo(_line("  whole clusters", one.clusters))
    click.echo("n: true pairs, or true clusters")


def _line(name: str, score: Score) -> str:
    return f"{name:<28}{score.precision:>10.4f}{score.recall:>9.4f}{score.f1:>8.4f}{score.true:>9}"


def _as_json(one: Outcome) -> dict[str, object]:
    return {
        "name": one.name,
        "accepted": one.accepted,
        "threshold": one.threshold,
        "expected_precision": one.expected,
        "pairwise": _score(one.pairs),
        "clusters": _score(one.clusters) if one.clusters is not None else None,
    }


def _score(score: Score) -> dict[str, float]:
    return {
        "precision": round(score.precision, 6),
        "recall": round(score.recall, 6),
        "f1": round(score.f1, 6),
        "claimed": score.claimed,
        "true": score.true,
        "right": score.right,
    }
