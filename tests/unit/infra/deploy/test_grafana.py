"""The board shows every metric, and no other."""

from __future__ import annotations

import re

from schemas.metrics import METRICS
from tests.unit.infra.deploy.deploy_files import board

SERIES = re.compile(r"\bthreadline_\w+")
NAMES = {metric.name: metric for metric in METRICS}
EXPRESSIONS = [one["expr"] for panel in board()["panels"] for one in panel["targets"]]


def metric_of(series: str) -> str:
    return re.sub(r"_seconds_(bucket|count|sum)$", "_seconds", series)


def test_every_metric_is_shown_and_no_other() -> None:
    shown = {metric_of(series) for one in EXPRESSIONS for series in SERIES.findall(one)}
    assert shown == NAMES.keys()


def test_every_label_that_a_panel_names_is_one_of_its_metric() -> None:
    for expression in EXPRESSIONS:
        metrics = [NAMES[metric_of(series)] for series in SERIES.findall(expression)]
        known = {label for metric in metrics for label in metric.labels} | {"le", "instance"}
        grouped = re.findall(r"\bby \(([^)]*)\)", expression)
        named = {label.strip() for group in grouped for label in group.split(",")}
        named |= set(re.findall(r"[{,]\s*(\w+)[=!]", expression))
        assert named <= known, expression


def test_a_counter_is_shown_as_a_rate() -> None:
    for expression in EXPRESSIONS:
        for series in SERIES.findall(expression):
            if series.endswith(("_total", "_bucket", "_count")):
                assert re.search(rf"rate\({series}\b", expression), expression


def test_panels_have_their_own_number_and_do_not_overlap() -> None:
    panels = board()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for panel in panels
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert all(panel["title"] and panel["description"] for panel in panels)
