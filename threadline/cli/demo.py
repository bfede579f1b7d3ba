"""`threadline demo`: a fictional company, end to end."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import click

from infra.sources.arrival import SourceDefaults
from threadline.cli.alerts import show_alert
from threadline.cli.common import now
from threadline.cli.ingest import ingest
from threadline.cli.run import run_until_idle
from threadline.cli.search import show_hits
from threadline.cli.timeline import show_timeline
from threadline.demo.company import Manifest, write_company
from threadline.demo.settings import write_settings
from threadline.settings import load_settings
from threadline.wiring import Wiring

HOME = Path(".threadline/demo")
LIKELY = 0.9


@click.command("demo")
@click.option("--no-serve", is_flag=True, help="Stop after the tour instead of serving.")
@click.option("--port", type=int, help="Port of the console.  [default: 8600]")
@click.pass_context
def command(ctx: click.Context, no_serve: bool, port: int | None) -> None:
    """Run a fictional company end to end and open its console.

    Four weeks of Northwind Broadband: calls go through real speech recognition, and one day goes
    wrong. A second run finds everything in place.
    """
    began = time.monotonic()
    home = (ctx.find_root().obj or HOME).absolute()
    home.mkdir(parents=True, exist_ok=True)
    manifest = _company(home)
    write_settings(home / "threadline.toml", manifest.company)
    wiring = Wiring(load_settings(home))
    _say(f"Northwind Broadband, {manifest.first_day} to {manifest.ends_on}: taking it in")
    report = ingest(wiring, [manifest.folder], SourceDefaults(source="northwind"), show=True)
    click.echo(
        f"   {report.accepted:,} inputs accepted, {report.known:,} known, {report.rejected} refused"
    )
    _say("Transcribing, redacting, tagging, resolving, indexing, watching")
    delivered = run_until_idle(wiring, show=True)
    click.echo(f"   {delivered:,} records delivered in {time.monotonic() - began:.0f} s")
    _tour(wiring, manifest)
    if no_serve:
        return
    from threadline.server import Server  # the web server's import is for those who serve

    server = Server(wiring, wiring.settings.host, wiring.settings.port if port is None else port)
    server.serve(lambda url: _say(f"The console is at {url}  (stop with Ctrl-C)"))


def _company(home: Path) -> Manifest:
    """Write the company's documents once; a later run keeps the days of the first."""
    stamp = home / "company" / "ends-on"
    if stamp.exists():
        ends_on = date.fromisoformat(stamp.read_text("utf-8").strip())
    else:
        ends_on = now().date() - timedelta(days=1)
    manifest = write_company(home / "company" / "documents", ends_on=ends_on)
    stamp.write_text(f"{ends_on}\n", "utf-8")
    return manifest


def _tour(wiring: Wiring, manifest: Manifest) -> None:
    lookup = wiring.lookup
    star = manifest.star
    _say(f"One customer, five channels: threadline timeline {star.email.partition(':')[2]}")
    page = lookup.timeline("default", star.email, None, 12)
    if page is not None:
        show_timeline(page)
    _say(f"Said in a call, found by its second: threadline search '{manifest.query}'")
    show_hits(lookup.search("default", manifest.query, now=now(), limit=3))
    _say(f"What went wrong on {manifest.outage_day}: threadline alerts")
    for alert in lookup.views.alerts("default", 3):
        show_alert(alert)
    _say("Who may be one person, for somebody to decide: threadline identity proposals list")
    for one in lookup.views.proposals("default", LIKELY, 5):
        click.echo(f"   {one.probability:.1%}  {one.a} = {one.b} ?")


def _say(text: str) -> None:
    click.secho(f"\n== {text}", bold=True)
