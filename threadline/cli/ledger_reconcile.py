"""`threadline ledger reconcile`: compare with what the source says it had."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from infra.log.base import NewRecord
from processors.identity.identifiers import normalise_identifier
from processors.ledger.completeness import day_number, tallies
from processors.ledger.reconcile import Reconciliation, reconcile, reconcile_days
from processors.ledger.source_list import (
    SourceContact,
    SourceDay,
    read_asterisk,
    read_contacts,
    read_days,
    read_map,
)
from processors.normalise.result import Company
from schemas.alert import Alert, Notification
from schemas.base import encode
from schemas.errors import InvalidEvent, ThreadlineError
from schemas.ids import derive
from schemas.ledger import LedgerEntry
from schemas.topics import ALERTS, NOTIFICATIONS
from threadline.cli.common import json_option, local_time, now, open_home, print_json, tenant_option
from threadline.wiring import Wiring, now_ms

MOST = 1_000_000
MOST_SHOWN = 50
RULE = "ledger-reconcile"


@click.command("reconcile")
@click.option(
    "--cdr",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the source had: Asterisk's CDR CSV, or any CSV with --map.",
)
@click.option(
    "--map",
    "mapping",
    default="",
    help="Which column of a CSV with a header holds what: reference=id,at=start,caller=from,"
    "answered=status, or day=date,count=calls.",
)
@click.option("--source", "sources", multiple=True, help="Compare with these sources only.")
@click.option("--channel", default="voice", show_default=True, help="Compare with this channel.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone of times without one.")
@click.option("--within", default=120, show_default=True, type=click.IntRange(0), metavar="SECONDS")
@click.option("--answered", is_flag=True, help="Expect only calls that were answered.")
@click.option("--alert", is_flag=True, help="Raise an alert on differences, once for the same.")
@click.option(
    "--every",
    type=click.FloatRange(min=0, min_open=True),
    metavar="HOURS",
    help="Read the file again and compare so often, until stopped.",
)
@tenant_option
@json_option
@click.pass_context
def reconcile_command(
    ctx: click.Context,
    cdr: Path,
    mapping: str,
    sources: tuple[str, ...],
    channel: str,
    zone: str,
    within: int,
    answered: bool,
    alert: bool,
    every: float | None,
    tenant: str,
    as_json: bool,
) -> None:
    """List what the source had and is not here, and what is here and the source did not have.

    Contacts match by the source's own name of them, else by caller and time. Exit code 1 when
    anything differs.
    """
    wiring = open_home(ctx)
    columns, place = read_map(mapping) if mapping else {}, _zone(zone)
    desk = _Desk(wiring, tenant, sources, channel, timedelta(seconds=within))

    def compare() -> bool:
        found = desk.compare_lines(_lines(cdr), columns, place, answered=answered)
        if as_json:
            print_json(found)
        else:
            _show(found)
        if found.differs and alert:
            _raise_alert(wiring, tenant, found)
        return found.differs

    if every is not None:
        _repeat(compare, every * 3600)
    elif compare():
        ctx.exit(1)


def _repeat(compare: Callable[[], bool], seconds: float) -> None:
    """Compare again and again; what goes wrong once, such as a file that is away, is said."""
    while True:
        try:
            compare()
        except ThreadlineError as error:
            click.echo(str(error), err=True)
        time.sleep(seconds)


class _Desk:
    """What is here, for the comparison."""

    def __init__(
        self,
        wiring: Wiring,
        tenant: str,
        sources: Collection[str],
        channel: str,
        within: timedelta,
    ) -> None:
        self._views = wiring.lookup.views
        self._region = wiring.settings.companies().get(tenant, Company()).region
        self._tenant, self._sources, self._channel = tenant, sources, channel
        self._within = within

    def compare_lines(
        self, lines: list[str], columns: Mapping[str, str], place: tzinfo, *, answered: bool
    ) -> Reconciliation:
        """Compare with the lines of a file."""
        if "day" in columns:
            return self.compare_days(read_days(lines, columns))
        read = read_contacts(lines, columns, place) if columns else read_asterisk(lines, place)
        return self.compare([one for one in read if one.answered or not answered])

    def compare(self, contacts: list[SourceContact]) -> Reconciliation:
        times = [one.at for one in contacts if one.at is not None]
        first = min(times) - self._within if times else datetime.min.replace(tzinfo=UTC)
        last = max(times) + self._within if times else datetime.max.replace(tzinfo=UTC)
        entries = self._entries(day_number(first.date()), day_number(last.date()))
        return reconcile(contacts, entries, self._callers, self._caller, self._within)

    def compare_days(self, days: list[SourceDay]) -> Reconciliation:
        first, last = min(one.day for one in days), max(one.day for one in days)
        if self._sources or self._channel:
            counts: dict[date, int] = {}
            for entry in self._entries(day_number(first), day_number(last)):
                if entry.at is not None:
                    day = entry.at.astimezone(UTC).date()
                    counts[day] = counts.get(day, 0) + 1
            return reconcile_days(days, counts)
        rows = self._views.ledger_days(self._tenant, day_number(first), day_number(last))
        whole: dict[date, int] = {}
        for one in tallies(rows):
            whole[one.day] = whole.get(one.day, 0) + one.received
        return reconcile_days(days, whole)

    def _entries(self, first: int, last: int) -> list[LedgerEntry]:
        entries = self._views.ledger_of(self._tenant, first, last, None, MOST)
        return [
            one
            for one in entries
            if (not self._sources or one.source in self._sources)
            and (not self._channel or one.channel == self._channel)
        ]

    def _callers(self, entry: LedgerEntry) -> Collection[str]:
        found = self._views.interaction(self._tenant, entry.interaction)
        return () if found is None else {i for party in found.parties for i in party.identifiers}

    def _caller(self, number: str) -> str | None:
        return normalise_identifier(f"phone:{number}", self._region)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError:
        raise InvalidEvent("invalid_cdr", "the file is not text in UTF-8") from None
    except OSError as error:
        raise InvalidEvent("invalid_cdr", f"the file cannot be read: {error.strerror}") from error


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise click.UsageError(f"--zone: there is no time zone {name!r}") from error


def _show(found: Reconciliation) -> None:
    click.secho(
        f"{found.matched:,} match, {len(found.missing_here):,} are missing here,"
        f" {len(found.missing_there):,} the source does not have",
        bold=True,
    )
    for day in found.days:
        click.echo(f"{day.day}  the source has {day.source:,}, here are {day.here:,}")
    for lost in found.missing_here[:MOST_SHOWN]:
        at = local_time(lost.at) if lost.at else "-"
        click.echo(f"missing here   line {lost.line:<6} {at:<16} {lost.reference}")
    for extra in found.missing_there[:MOST_SHOWN]:
        at = local_time(extra.at) if extra.at else "-"
        click.echo(f"only here      {extra.interaction} {at:<16} {extra.reference or ''}")
    for slow in found.unfinished[:MOST_SHOWN]:
        click.echo(f"not searchable {slow.interaction}")


def _raise_alert(wiring: Wiring, tenant: str, found: Reconciliation) -> None:
    """Raise an alert through the outbox; the same differences have the same id and go out once."""
    digest = derive(RULE, tenant, encode(found).decode())
    at = now()
    about = (
        f"{len(found.missing_here)} contacts of the source are missing here,"
        f" {len(found.missing_there)} are unknown to it, {len(found.days)} days count otherwise"
    )
    alert = Alert(
        id=digest, tenant=tenant, rule=RULE, segment="all", started_at=at, fired_at=at, about=about,
        examples=tuple(one.interaction for one in found.missing_there[:5]),
    )  # fmt: skip
    id = derive("notification", digest)
    note = encode(Notification(id=id, tenant=tenant, alert=alert))
    log, store, _ = wiring.backend(durable=True)
    if wiring.lookup.views.alert(tenant, digest) is None:
        with store.transaction():
            log.append([NewRecord(NOTIFICATIONS.name, tenant, id, now_ms(), note)])
            store.materialise(ALERTS, [alert])
