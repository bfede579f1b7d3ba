"""`threadline ingest`: take in files and folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import click

from infra.admission import Door, reused
from infra.sources.arrival import Arrival, Rejection, SourceDefaults, rejection
from infra.sources.folder import Outcome, read_paths
from infra.store.base import Admission
from processors.normalise.result import Company
from schemas.base import Contract, encode
from schemas.errors import InvalidEvent
from schemas.events import Channel
from threadline.cli.common import existing, json_option, now, open_home, print_json, tenant_option
from threadline.cli.progress import counting
from threadline.wiring import Wiring

BATCH = 200


class IngestReport(Contract, frozen=True, kw_only=True):
    """What became of the inputs; `inputs` = `accepted` + `known` + `rejected`."""

    inputs: int
    accepted: int
    known: int
    rejected: int
    reasons: dict[str, int]


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True)
@click.option("--source", default="folder", show_default=True, help="Name of the source.")
@click.option(
    "--channel",
    type=click.Choice([channel.value for channel in Channel]),
    help="Channel of inputs that do not say.",
)
@tenant_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    source: str,
    channel: str | None,
    tenant: str,
    as_json: bool,
) -> None:
    """Take in files and folders: events, mail, vCons, recordings, text messages.

    Broken inputs are refused with a reason and recorded; the rest goes in. Taking in the same
    again changes nothing. Exit code 1 when anything was refused.
    """
    wiring = open_home(ctx)
    defaults = SourceDefaults(
        tenant=tenant, source=source, channel=Channel(channel) if channel else None
    )
    report = ingest(wiring, existing(paths), defaults, show=not as_json)
    if as_json:
        print_json(report)
    else:
        _print(report)
    if report.rejected:
        ctx.exit(1)


def ingest(
    wiring: Wiring, paths: list[Path], defaults: SourceDefaults, *, show: bool
) -> IngestReport:
    """Take in everything below some paths, showing progress when asked to."""
    company = wiring.settings.companies().get(defaults.tenant, Company())
    outcomes = read_paths(paths, defaults=defaults, blobs=wiring.blobs, company=company, now=now())
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    door = wiring.door()
    with counting("reading", show=show) as advance:
        for batch in _batches(outcomes):
            for name, number in _let_in(door, batch, defaults.tenant, show):
                counts[name] += number
                if name.startswith("rejected/"):
                    reasons[name.removeprefix("rejected/")] += number
            advance(sum(outcome.inputs for outcome in batch))
    rejected = sum(reasons.values())
    accepted, known = counts["accepted"], counts["known"]
    return IngestReport(
        inputs=accepted + known + rejected,
        accepted=accepted,
        known=known,
        rejected=rejected,
        reasons=dict(sorted(reasons.items())),
    )


def _batches(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    source = iter(outcomes)
    while batch := list(islice(source, BATCH)):
        yield batch


def _let_in(door: Door, batch: list[Outcome], tenant: str, show: bool) -> Iterator[tuple[str, int]]:
    arrivals = [outcome for outcome in batch if isinstance(outcome, Arrival)]
    refused = [outcome for outcome in batch if isinstance(outcome, Rejection)]
    for arrival, outcome in zip(arrivals, _admit(door, arrivals), strict=True):
        if isinstance(outcome, InvalidEvent):
            refused.append(rejection(arrival.name, outcome, encode(arrival.record)))
        elif outcome is Admission.REUSED:
            refused.append(reused(arrival.record))
            yield "rejected/id_reused", arrival.inputs
        else:
            yield "known" if outcome is Admission.KNOWN else "accepted", arrival.inputs
    if refused:
        door.refuse(refused, tenant)
    for refusal in refused:
        if refusal.reason != "id_reused":
            yield f"rejected/{refusal.reason}", refusal.inputs
        if show:
            where = f" line {refusal.line}" if refusal.line is not None else ""
            field = f" at {refusal.field}" if refusal.field else ""
            click.echo(
                f"refused {refusal.name}{where}{field}: {refusal.message} [{refusal.reason}]",
                err=True,
            )


def _admit(door: Door, arrivals: list[Arrival]) -> list[Admission | InvalidEvent]:
    """Let inputs in together, or one by one where the log will never take one of them."""
    try:
        return [admitted.outcome for admitted in door.admit([one.record for one in arrivals])]
    except InvalidEvent as error:
        if len(arrivals) == 1:
            return [error]
    return [outcome for one in arrivals for outcome in _admit(door, [one])]


def _print(report: IngestReport) -> None:
    click.echo(
        f"{report.inputs} inputs: {report.accepted} accepted, {report.known} known already,"
        f" {report.rejected} refused"
    )
    for reason, number in report.reasons.items():
        click.echo(f"  {number:6} {reason}")
