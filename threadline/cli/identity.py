"""`threadline identity`: why is this one person, and an analyst's word on it."""

from __future__ import annotations

import getpass

import click

from processors.identity.explain import explain
from processors.identity.identifiers import normalise_identifier
from processors.identity.rules import Rules as IdentityRules
from processors.normalise.result import Company
from schemas.errors import InvalidEvent
from schemas.events import Channel, Event, Kind, Link, Party
from schemas.ids import derive
from threadline.cli.common import json_option, now, open_home, print_json, tenant_option
from threadline.cli.run import run_until_idle
from threadline.wiring import Wiring


@click.group("identity")
def command() -> None:
    """Explain, join or part customers. Every join and part can be taken back."""


@command.command("explain")
@click.argument("a")
@click.argument("b")
@tenant_option
@json_option
@click.pass_context
def explain_command(ctx: click.Context, a: str, b: str, tenant: str, as_json: bool) -> None:
    """Say why two identifiers are, or are not, one person."""
    wiring = open_home(ctx)
    first, second = (_identifier(wiring, tenant, text) for text in (a, b))
    answer = explain(wiring.evidence(tenant), first, second, IdentityRules())
    if as_json:
        print_json(answer)
        return
    verdict = "one customer" if answer.together else "two customers"
    about = f" ({answer.about})" if answer.about else ""
    click.echo(f"{first} and {second} are {verdict}: {answer.reason}{about}")
    for link in answer.chain:
        marks = "  <- weakest" if link == answer.weakest else ""
        marks += "  <- broken here" if link == answer.broken_at else ""
        who = f" ({link.said_by})" if link.said_by else ""
        click.echo(
            f"  {link.a} {'=' if link.kind == 'same' else '!='} {link.b}"
            f"  {link.strength.name.lower()} by {link.source}{who} on {link.at:%Y-%m-%d}{marks}"
        )


def _state(verdict: str) -> click.Command:
    @click.command(verdict)
    @click.argument("a")
    @click.argument("b")
    @click.option("--withdraw", is_flag=True, help="Take the same statement back.")
    @click.option("--by", default=getpass.getuser, help="Who says so.  [default: you]")
    @tenant_option
    @click.pass_context
    def state(ctx: click.Context, a: str, b: str, withdraw: bool, by: str, tenant: str) -> None:
        wiring = open_home(ctx)
        first, second = (_identifier(wiring, tenant, text) for text in (a, b))
        event = link_event(tenant, first, second, verdict, withdrawn=withdraw, by=by)
        wiring.door().admit([event])
        run_until_idle(wiring, show=False)
        click.echo(f"{'withdrawn' if withdraw else 'noted'}: {first} {verdict} {second}")

    state.help = f"State that two identifiers are {'one person' if verdict == 'same' else 'two'}."
    return state


for _verdict in ("same", "different"):
    command.add_command(_state(_verdict))


def link_event(tenant: str, a: str, b: str, verdict: str, *, withdrawn: bool, by: str) -> Event:
    """Make the event by which a person states that two identifiers are one, or are not."""
    at = now()
    return Event(
        id=derive("link", a, b, verdict, withdrawn, by, at.isoformat()),
        tenant=tenant,
        source="analyst",
        channel=Channel.CHAT,
        kind=Kind.LINK,
        interaction=derive("link", a, b),
        occurred_at=at,
        party=Party(name=by),
        link=Link(a=a, b=b, verdict=verdict, withdrawn=withdrawn),  # type: ignore[arg-type]  # one of two verbs
    )


def _identifier(wiring: Wiring, tenant: str, text: str) -> str:
    region = wiring.settings.companies().get(tenant, Company()).region
    for candidate in (text, f"email:{text}", f"phone:{text}", f"handle:{text}"):
        found = normalise_identifier(candidate, region)
        if found is not None:
            return found
    raise InvalidEvent("invalid_identifier", f"{text!r} is not an identifier; write type:value")
