"""`threadline identity propose` and `proposals`: who may be one person, for people to decide."""

from __future__ import annotations

import getpass

import click

from infra.review import Entry, above, queue
from processors.identity.linkage.precision import Expected
from processors.identity.linkage.review import decision_event
from schemas.errors import InvalidEvent
from schemas.proposal import Proposal
from threadline.cli.common import json_option, now, open_home, print_json, tenant_option
from threadline.cli.run import run_until_idle
from threadline.proposing import propose_anew
from threadline.wiring import Wiring


@click.command("propose")
@tenant_option
@json_option
@click.pass_context
def propose_command(ctx: click.Context, tenant: str, as_json: bool) -> None:
    """Look for customers who may be one person; nobody is merged."""
    found = propose_anew(open_home(ctx), tenant)
    if as_json:
        print_json(found)
        return
    click.echo(
        f"{found.customers:,} described customers, {found.pairs:,} pairs compared,"
        f" {len(found.proposals):,} proposals; the model expects"
        f" {found.matches:,.0f} pairs to be one person"
    )


@click.group("proposals")
def proposals_command() -> None:
    """List, accept or reject proposals of who may be one person."""


@proposals_command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--least", default=0.0, type=click.FloatRange(0, 1), help="Of this probability.")
@tenant_option
@json_option
@click.pass_context
def list_command(ctx: click.Context, limit: int, least: float, tenant: str, as_json: bool) -> None:
    """List open proposals, the most probable first."""
    found = queue(open_home(ctx).lookup.views, tenant, least, limit)
    if as_json:
        print_json([entry._asdict() for entry in found.entries])
        return
    for entry in found.entries:
        _show(entry)
    for precision, offer in found.offers:
        if offer.size:
            click.echo(f"--above {precision:g} accepts {_told(offer)}")
    click.echo(f"{found.size:,} open proposals")


@proposals_command.command("accept")
@click.argument("ids", nargs=-1)
@click.option(
    "--above",
    "precision",
    type=click.FloatRange(0.5, 1),
    help="Accept all that together are expected to be so precise.",
)
@click.option("--by", default=getpass.getuser, help="Who says so.  [default: you]")
@click.option("--why", help="What speaks for it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@tenant_option
@click.pass_context
def accept_command(
    ctx: click.Context,
    ids: tuple[str, ...],
    precision: float | None,
    by: str,
    why: str | None,
    yes: bool,
    tenant: str,
) -> None:
    """State that proposed customers are one person."""
    wiring = open_home(ctx)
    if (precision is None) == (not ids):
        raise click.UsageError("name proposals, or say --above PRECISION")
    if precision is None:
        chosen = [_proposal(wiring, tenant, id) for id in ids]
    else:
        chosen, offer = above(wiring.lookup.views, tenant, precision)
        click.echo(_told(offer))
        if chosen and not yes:
            click.confirm("Accept them?", abort=True)
    _decide(wiring, chosen, accept=True, by=by, why=why, bulk=precision is not None)


@proposals_command.command("reject")
@click.argument("ids", nargs=-1, required=True)
@click.option("--by", default=getpass.getuser, help="Who says so.  [default: you]")
@click.option("--why", help="What speaks for it.")
@tenant_option
@click.pass_context
def reject_command(
    ctx: click.Context, ids: tuple[str, ...], by: str, why: str | None, tenant: str
) -> None:
    """State that proposed customers are two people."""
    wiring = open_home(ctx)
    chosen = [_proposal(wiring, tenant, id) for id in ids]
    _decide(wiring, chosen, accept=False, by=by, why=why)


def _decide(
    wiring: Wiring,
    chosen: list[Proposal],
    *,
    accept: bool,
    by: str,
    why: str | None,
    bulk: bool = False,
) -> None:
    at = now()
    events = [
        decision_event(one, accept=accept, by=by, why=why, at=at, bulk=bulk) for one in chosen
    ]
    if events:
        wiring.door().admit(events)
        run_until_idle(wiring, show=False)
    click.echo(f"{'accepted' if accept else 'rejected'} {len(events)}")


def _proposal(wiring: Wiring, tenant: str, id: str) -> Proposal:
    found = wiring.lookup.views.proposal(tenant, id)
    if found is None:
        raise InvalidEvent("unknown_proposal", f"there is no proposal {id!r}")
    return found


def _show(entry: Entry) -> None:
    proposal = entry.proposal
    click.echo(f"{proposal.id}  {proposal.probability:7.2%}  {proposal.a} = {proposal.b} ?")
    for side in (entry.one, entry.other):
        told = "; ".join(
            ", ".join(part) for part in (side.names, side.born, side.addresses) if part
        )
        click.echo(f"    {told}  [{', '.join(side.identifiers)}]")
    why = ", ".join(f"{one.field} {one.level} {one.bits:+.1f}" for one in proposal.reasons)
    click.echo(f"    {why}")


def _told(offer: Expected) -> str:
    return (
        f"{offer.size:,} proposals, expected precision {offer.precision:.1%}"
        f" (95 % interval {offer.low:.0%} to {offer.high:.0%};"
        f" people have accepted {offer.accepted} and rejected {offer.rejected} of these so far)"
    )
