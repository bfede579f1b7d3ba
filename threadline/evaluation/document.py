"""Write the measured figures as `docs/reference/accuracy.md`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from threadline.evaluation import NAMES
from threadline.evaluation.accuracy import Entry, Measured
from threadline.evaluation.classifying import PER_CLASS
from threadline.evaluation.show import shown
from threadline.evaluation.task import Confusion, Figure

MOST_LABELS = 12  # of a table of truth and answer on the page

HEAD = """# Accuracy

How right Threadline's answers are, measured on labelled sets, and where they are weak. This page is
written by `make accuracy` from [`accuracy.json`](accuracy.json); no figure is typed by hand. The
sets are not part of the project: put yours to the same test with [`threadline eval`](cli.md#eval).

- Brackets hold the 95 % bootstrap interval; *n* is what a figure rests on. Two figures whose
  intervals overlap cannot be told apart.
- Only items that nothing was trained or tuned on are measured; each section says which part of
  which set that is.
- Baselines are in the same table: those without a source were measured in this run on the same
  items, the others say where they come from.
"""


def document(measured: Measured) -> str:
    """Write the page: a summary, then a section per task."""
    return "\n".join(_lines(measured)).rstrip() + "\n"


def _lines(measured: Measured) -> Iterator[str]:
    yield HEAD
    minutes = sum(entry.seconds for entry in measured.entries) / 60
    yield f"Measured on {measured.day}, with {measured.cores} cores, in {minutes:.0f} minutes."
    yield from ("", "## Summary", "")
    yield "| task | set | figure | Threadline | best baseline |"
    yield "|---|---|---|---|---|"
    entries = sorted(measured.entries, key=lambda entry: NAMES.index(entry.task))
    for entry in entries:
        yield from _summary(entry)
    task = ""
    for entry in entries:
        if entry.task != task:
            task = entry.task
            yield from ("", f"## {task}")
        yield from _section(entry)


def _summary(entry: Entry) -> Iterator[str]:
    for figure in _main(entry.report.figures):
        rivals = [
            (rival.value, baseline.name, rival)
            for baseline in entry.report.baselines
            for rival in baseline.figures
            if rival.name == figure.name and not math.isnan(rival.value)
        ]
        pick = min if figure.less_is_better else max
        best = pick(rivals, key=lambda rival: rival[0], default=None)
        told = f"{shown(best[2])} ({best[1]})" if best else ""
        yield f"| {entry.task} | {entry.trial} | {figure.name} | {_told(figure)} | {told} |"


def _main(figures: Sequence[Figure]) -> list[Figure]:
    return [figure for figure in figures if figure.main] or list(figures[:1])


def _section(entry: Entry) -> Iterator[str]:
    report = entry.report
    part = "" if report.part == "all" else f", the part `{report.part}`"
    yield from ("", f"### {entry.task}: {entry.trial}", "")
    place = f" (`{entry.data}`{part})" if entry.data else ""
    yield f"{entry.about}{place}. Engines: {_coded(report.engines)}."
    overall = [figure for figure in report.figures if PER_CLASS not in figure.name]
    yield from ("", *_systems(entry, overall))
    classes = [figure for figure in report.figures if PER_CLASS in figure.name]
    yield from _per_class(classes)
    for table in report.confusions:
        yield from _confusion(table)
    if report.speed:
        speeds = ", ".join(f"{shown(figure)} {figure.name}" for figure in report.speed)
        yield from ("", f"Speed: {speeds}.")
    if report.notes:
        yield from ("", *(f"- {note}" for note in report.notes))


def _systems(entry: Entry, figures: Sequence[Figure]) -> Iterator[str]:
    """Write Threadline and the baselines as columns, and the figures as rows."""
    baselines = entry.report.baselines
    names = ["Threadline", *(_named(one.name, one.source) for one in baselines)]
    yield f"| figure | n | {' | '.join(names)} |"
    yield "|---|---|" + "---|" * len(names)
    for figure in figures:
        cells = [_told(figure)]
        for baseline in baselines:
            rival = next((one for one in baseline.figures if one.name == figure.name), None)
            cells.append(_told(rival) if rival else "")
        name = f"**{figure.name}**" if figure.main else figure.name
        yield f"| {name} | {figure.n or ''} | {' | '.join(cells)} |"


def _named(name: str, source: str) -> str:
    return name if source == "measured in this run" else f"{name} ({source})"


def _per_class(figures: Sequence[Figure]) -> Iterator[str]:
    table: dict[str, dict[str, Figure]] = {}
    for figure in figures:
        label, _, name = figure.name.partition(PER_CLASS)
        table.setdefault(label, {})[name] = figure
    if not table or len(table) > MOST_LABELS:
        return
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    yield from ("", f"| class | n | {' | '.join(names)} |", "|---|---|" + "---|" * len(names))
    for label, row in table.items():
        n = max(figure.n for figure in row.values())
        cells = [_told(row[name]) if name in row else "" for name in names]
        yield f"| {label} | {n} | {' | '.join(cells)} |"


def _confusion(table: Confusion) -> Iterator[str]:
    if len(table.labels) > MOST_LABELS:
        return
    title = f" ({table.name})" if table.name else ""
    yield from ("", f"| truth{title}, answer | {' | '.join(table.labels)} |")
    yield "|---|" + "---|" * len(table.labels)
    for label, counts in zip(table.labels, table.counts, strict=True):
        if any(counts):
            yield f"| {label} | {' | '.join(map(str, counts))} |"


def _told(figure: Figure) -> str:
    low, high = figure.low, figure.high
    if low is None or high is None or math.isnan(low + high):
        return shown(figure)
    bounds = [shown(figure, value).removesuffix(" %") for value in (low, high)]
    return f"{shown(figure)} [{bounds[0]}, {bounds[1]}]"


def _coded(engines: Sequence[str]) -> str:
    return ", ".join(f"`{engine}`" for engine in engines) or "none"
