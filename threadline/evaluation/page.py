"""Write a report as one page that needs nothing beside it."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from threadline.evaluation.classifying import LARGEST_TABLE
from threadline.evaluation.show import shown, spread
from threadline.evaluation.task import Report


def page(report: Report) -> str:
    """Write the page: light or dark as the reader's system is, and readable on a narrow screen."""
    places = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return places.get_template("report.html").render(
        report=report, shown=shown, spread=spread, largest=LARGEST_TABLE
    )
