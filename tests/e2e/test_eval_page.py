"""The page of `threadline eval --html`, in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.e2e.browser_site import faults, opened_browser
from threadline.cli import cli

pytestmark = pytest.mark.e2e


def test_the_page_is_accessible_in_light_and_dark_and_fits_a_narrow_screen(tmp_path: Path) -> None:
    data = tmp_path / "texts.csv"
    lines = [f"my router has been offline since Monday {at},en\n" for at in range(5)]
    lines += [f"mein Router ist seit Montag kaputt {at},fr\n" for at in range(5)]
    data.write_text("text,language\n" + "".join(lines), "utf-8")
    target = tmp_path / "report.html"
    done = CliRunner().invoke(cli, ["eval", "language", "--data", str(data), "--html", str(target)])
    assert done.exit_code == 0, done.output
    with opened_browser() as browser:
        page = browser.new_page(viewport={"width": 360, "height": 700})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(target.as_uri())
        assert page.locator("h1").inner_text() == "language"
        assert page.locator("section, h2").all_inner_texts()[0] == "Figures"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert faults(page) == []
        assert asked == [target.as_uri()]
