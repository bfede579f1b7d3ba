"""Print a report as text for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from threadline.evaluation.classifying import LARGEST_TABLE
from threadline.evaluation.task import Case, Confusion, Figure, Report

WIDEST = 100  # characters of a case's text
MOST_PER_CLASS = 60  # figures; the rest is in --json


def lines(report: Report) -> Iterator[str]:
    """Write the report line by line."""
    yield f"{report.task} on {report.data or 'the data'}" + (
        f" ({report.part})" if report.part != "all" else ""
    )
    yield f"engines: {', '.join(report.engines) or 'none'}"
    yield ""
    yield from _figures(report.figures)
    if report.baselines:
        yield from ("", "baselines")
        for baseline in report.baselines:
            yield f"{baseline.name} ({baseline.source})"
            yield from (f"  {figure.name:<34}{shown(figure):>10}" for figure in baseline.figures)
    if report.speed:
        yield ""
        for figure in report.speed:
            yield f"{figure.name:<36}{shown(figure):>10}"
    for table in report.confusions:
        yield ""
        yield from _confusion(table)
    if report.worst:
        yield from ("", f"the {len(report.worst)} worst")
        yield from (_case(case) for case in report.worst)
    if report.notes:
        yield from ("", *(f"note: {note}" for note in report.notes))


def shown(figure: Figure, value: float | None = None) -> str:
    """Write a figure's value, or another value in its unit."""
    number = figure.value if value is None else value
    if math.isnan(number):
        return "-"
    if figure.unit == "%":
        return f"{number * 100:.1f} %"
    digits = 3 if abs(number) < 10 else 1
    return f"{number:.{digits}f}{' ' + figure.unit if figure.unit else ''}"


def spread(figure: Figure) -> str:
    """Write a figure's interval, or nothing where there is none."""
    if figure.low is None or figure.high is None or math.isnan(figure.low + figure.high):
        return ""
    return f"{shown(figure, figure.low)} to {shown(figure, figure.high)}"


def _figures(figures: tuple[Figure, ...]) -> Iterator[str]:
    yield f"{'':<36}{'':>10}   {'95 % interval':<22}{'n':>8}"
    for figure in figures[:MOST_PER_CLASS]:
        mark = "* " if figure.main else "  "
        yield f"{mark}{figure.name:<34}{shown(figure):>10}   {spread(figure):<22}{figure.n:>8}"
    if len(figures) > MOST_PER_CLASS:
        yield f"  and {len(figures) - MOST_PER_CLASS} more: --json"


def _confusion(table: Confusion) -> Iterator[str]:
    title = f"truth (rows) and answer (columns){': ' + table.name if table.name else ''}"
    yield title
    if len(table.labels) > LARGEST_TABLE:
        yield from _most_confused(table)
        return
    width = max(8, *(len(label) + 2 for label in table.labels))
    yield " " * width + "".join(f"{label:>{width}}" for label in table.labels)
    for label, counts in zip(table.labels, table.counts, strict=True):
        if any(counts):
            yield f"{label:<{width}}" + "".join(f"{count:>{width}}" for count in counts)


def _most_confused(table: Confusion) -> Iterator[str]:
    pairs = sorted(
        (-count, truth, answer)
        for truth, counts in zip(table.labels, table.counts, strict=True)
        for answer, count in zip(table.labels, counts, strict=True)
        if truth != answer and count
    )
    for count, truth, answer in pairs[:20]:
        yield f"{-count:>6}  {truth} taken for {answer}"


def _case(case: Case) -> str:
    text = " ".join(case.text.split())
    text = text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
    told = f" ({case.about})" if case.about else ""
    return f"  {case.cost:.3f}  {case.truth} taken for {case.answer}: {text}  [{case.id}]{told}"
