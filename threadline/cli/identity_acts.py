"""`threadline identity merge|unmerge|split|deny|withdraw|undo|history`: acts and their undo."""

from __future__ import annotations

import getpass
from collections.abc import Callable

import click

from infra.identity_desk import IdentityDesk, said_now
from processors.identity.acts import Does, is_open
from processors.identity.history import Act
from processors.normalise.result import Company
from schemas.errors import InvalidEvent
from schemas.events import Event
from threadline.cli.common import json_option, local_time, now, open_home, print_json, tenant_option
from threadline.cli.run import run_until_idle
from threadline.wiring import Wiring

_ABOUT: dict[Does, str] = {
    "merge": "Say that two identifiers, or two customers by their ids, are one person.",
    "unmerge": "Take back what people said that makes one customer of two identifiers.",
    "split": "Say that two identifiers of one customer are two people.",
    "deny": "Say that two identifiers or customers are two people, whatever will be seen.",
    "withdraw": "Take back what people said of two identifiers, or one STATEMENT of a machine.",
}


def identity_desk(wiring: Wiring, tenant: str) -> IdentityDesk:
    """Open the desk of a tenant."""
    settings = wiring.settings
    company = settings.companies().get(tenant, Company())
    return IdentityDesk(tenant, wiring.lookup, wiring.nearby, company, settings.file.identity)


def act_command(does: Does) -> click.Command:
    """Make the verb of an action on two identifiers."""

    @click.command(does, help=_ABOUT[does])
    @click.argument("a")
    @click.argument("b")
    @click.option("--by", default=getpass.getuser, help="Who does it.  [default: you]")
    @click.option("--why", help="The reason, kept in the history.")
    @tenant_option
    @click.pass_context
    def command(
        ctx: click.Context,
        a: str,
        b: str,
        by: str,
        why: str | None,
        tenant: str,
        statement: str | None = None,
    ) -> None:
        said = said_now(by, now(), why)
        _act(
            open_home(ctx),
            tenant,
            does,
            lambda desk: desk.events(does, a, b, None, said, statement),
        )

    if does == "withdraw":
        command = click.option(
            "--statement", help="One statement of a machine, by the id that `explain` shows."
        )(command)
    return command


@click.command("undo")
@click.argument("who")
@click.argument("act")
@click.option("--by", default=getpass.getuser, help="Who does it.  [default: you]")
@click.option("--why", help="The reason, kept in the history.")
@tenant_option
@click.pass_context
def undo_command(
    ctx: click.Context, who: str, act: str, by: str, why: str | None, tenant: str
) -> None:
    """Undo one ACT of the history of the customer WHO; an undo can be undone as well."""
    said = said_now(by, now(), why)
    _act(open_home(ctx), tenant, "undo", lambda desk: desk.events("undo", who, None, act, said))


@click.command("history")
@click.argument("who")
@tenant_option
@json_option
@click.pass_context
def history_command(ctx: click.Context, who: str, tenant: str, as_json: bool) -> None:
    """List what people said of the customer WHO: who, what, when, why, and whether it stands."""
    wiring = open_home(ctx)
    customer = wiring.lookup.customer(tenant, who)
    if customer is None:
        raise InvalidEvent("unknown_customer", f"nobody is known as {who!r}")
    acts = identity_desk(wiring, tenant).history(customer)
    if as_json:
        print_json({"customer": customer, "acts": acts})
        return
    click.echo(f"customer {customer.id}")
    for act in acts:
        _show(act)
    if not acts:
        click.echo("nobody has said anything of this customer")


def _act(
    wiring: Wiring,
    tenant: str,
    does: Does,
    events: Callable[[IdentityDesk], list[Event]],
) -> None:
    desk = identity_desk(wiring, tenant)
    done = desk.admit(wiring.door(), events(desk))
    run_until_idle(wiring, show=False)
    for one in done.acts:
        click.echo(f"{does}: {' and '.join(done.about)}  (undo: {one})")
    customers = desk.customers(done)
    word = "one customer" if len(customers) == 1 else f"{len(customers)} customers"
    click.echo(f"now {word}: {', '.join(customers)}")


def _show(act: Act) -> None:
    taken = f"took back what {act.of} said: " if act.withdrawn else "said: "
    click.echo(f"{local_time(act.at)}  {act.by} {taken}{_what(act)}")
    if act.why:
        click.echo(f"    because {act.why}")
    click.secho(f"    {act.state}" + (f"; undo: {act.id}" if is_open(act) else ""), dim=True)


def _what(act: Act) -> str:
    match act.kind:
        case "same":
            return f"{act.a} is the same as {act.b}"
        case "different":
            return f"{act.a} is not {act.b}"
        case "unused":
            return f"what was seen of {act.a} and {act.b} joins nobody (statement {act.statement})"
