"""`threadline ledger`: is every contact searchable, which are not, why, and putting them back."""

from __future__ import annotations

from datetime import date, timedelta

import click

from processors.ledger.completeness import Lag, Tally
from schemas.errors import InvalidEvent
from schemas.ledger import LedgerEntry
from threadline.cli.common import (
    json_option,
    local_time,
    now,
    open_home,
    print_json,
    tenant_option,
)
from threadline.cli.ledger_reconcile import reconcile_command
from threadline.cli.run import run_until_idle
from threadline.ledgers import Standing, put_back, standing_of

MOST_SHOWN = 50


class LedgerVerb(click.Group):
    """A group whose first command is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `status` before options that stand alone."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["status", *args]
        return super().parse_args(ctx, args)


@click.group("ledger", cls=LedgerVerb)
def command() -> None:
    """Account for every contact: what is searchable, stuck, failed or rejected, and why."""


@command.command("status")
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 3660))
@click.option("--until", metavar="DAY", help="Last day, such as 2026-11-02; the newest by default.")
@tenant_option
@json_option
@click.pass_context
def status_command(
    ctx: click.Context, days: int, until: str | None, tenant: str, as_json: bool
) -> None:
    """Count contacts per day and source, and say which of them are not searchable."""
    views = open_home(ctx).lookup.views
    standing = standing_of(views, tenant, days, _day(until), now().date())
    if as_json:
        print_json(standing)
        return
    click.secho(standing.sentence, bold=True)
    _show_tallies(standing)
    _show_lags(standing.lags)
    for entry in standing.unfinished[:MOST_SHOWN]:
        click.echo(_line(entry))
    if standing.more:
        click.echo(f"… and {standing.more:,} more")


@command.command("show")
@click.argument("contact")
@tenant_option
@json_option
@click.pass_context
def show_command(ctx: click.Context, contact: str, tenant: str, as_json: bool) -> None:
    """Show the account of one contact, by its id: every step, its time, and the last error."""
    wiring = open_home(ctx)
    entry = wiring.lookup.views.account(tenant, contact)
    if entry is None:
        raise InvalidEvent("unknown_contact", f"the ledger has no contact {contact!r}")
    if as_json:
        print_json(entry)
        return
    click.secho(f"{entry.interaction}  {entry.state}", bold=True)
    told = (entry.source, entry.channel, entry.reference, entry.at and local_time(entry.at))
    click.echo("  " + "  ".join(one for one in told if one))
    for step in dict.fromkeys((*entry.done, *entry.missing)):
        click.echo(f"  {_step(entry, step)}")
    if entry.attempts:
        click.echo(f"  tried again {entry.attempts} times")
    for reason in entry.reasons:
        click.echo(f"  refused: {reason}")
    if entry.error:
        click.echo(f"  last error: {entry.error}")
    for letter in entry.letters:
        click.echo(f"  threadline dead-letters show {letter}")


@command.command("redrive")
@click.argument("contacts", nargs=-1)
@click.option("--failed", is_flag=True, help="Also try again what failed by a fault of ours.")
@tenant_option
@json_option
@click.pass_context
def redrive_command(
    ctx: click.Context, contacts: tuple[str, ...], failed: bool, tenant: str, as_json: bool
) -> None:
    """Put contacts back where they stuck and process them: those named, or all that are stuck.

    Whatever was done already collapses. Exit code 1 when the log has not all of them any more.
    """
    wiring = open_home(ctx)
    put = put_back(wiring, tenant, contacts, failed=failed)
    if put.records:
        run_until_idle(wiring, show=not as_json)
    if as_json:
        print_json(put)
    else:
        click.echo(f"{put.contacts:,} contacts, {put.records:,} records put back")
        for id in put.lost:
            click.echo(f"the log has this input no more: {id}; let its source send it again")
    if put.lost:
        ctx.exit(1)


command.add_command(reconcile_command)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"--until: {text!r} is no day; write 2026-11-02") from error


def _show_tallies(standing: Standing) -> None:
    columns = [name for name in Tally.__struct_fields__ if name not in ("day", "source")]
    width = max([6, *(len(one.source) for one in standing.days)])
    click.echo(f"{'day':<12}{'source':<{width}}" + "".join(f"{name:>12}" for name in columns))
    for one in standing.days:
        figures = "".join(f"{getattr(one, name):>12,}" for name in columns)
        click.echo(f"{one.day.isoformat():<12}{one.source:<{width}}{figures}")


def _show_lags(lags: tuple[Lag, ...]) -> None:
    if lags:
        click.echo(f"{'step':<14}{'p50':>10}{'p99':>10}")
    for lag in lags:
        click.echo(f"{lag.step:<14}{seconds(lag.p50_s):>10}{seconds(lag.p99_s):>10}")


def seconds(value: float) -> str:
    """Write a stretch of time as people read it."""
    if value < 120:
        return f"{value:.1f} s"
    return str(timedelta(seconds=round(value)))


def _step(entry: LedgerEntry, step: str) -> str:
    at = entry.times.get(step)
    when = local_time(at) if at else ""
    missing = entry.missing.get(step, 0)
    late = " past its deadline" if step in entry.stuck else ""
    owed = f"  {missing} missing{late}" if missing else ""
    return f"{step:<12} {entry.done.get(step, 0):>5} done  {when:<16}{owed}"


def _line(entry: LedgerEntry) -> str:
    at = local_time(entry.at) if entry.at else "-"
    why = ", ".join(entry.reasons) or (f"not {entry.step}" if entry.step else "")
    return f"{entry.interaction}  {at:<16} {entry.state:<9} {why}"
