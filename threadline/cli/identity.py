"""`threadline identity`: why is this one person, and an analyst's word on it."""

from __future__ import annotations

import getpass

import click

from processors.identity.explain import Explanation
from processors.normalise.link import Verdict, link_event, read_identifier
from processors.normalise.result import Company
from schemas.errors import InvalidEvent
from schemas.identity import Evidence, Strength
from threadline.cli.common import json_option, now, open_home, print_json, tenant_option
from threadline.cli.identity_acts import (
    act_command,
    history_command,
    identity_desk,
    undo_command,
)
from threadline.cli.identity_plan import plan_command
from threadline.cli.proposals import proposals_command, propose_command
from threadline.cli.run import run_until_idle
from threadline.wiring import Wiring


@click.group("identity")
def command() -> None:
    """Explain, join or part customers. Every join and part can be taken back."""


@command.command("explain")
@click.argument("a")
@click.argument("b", required=False)
@tenant_option
@json_option
@click.pass_context
def explain_command(ctx: click.Context, a: str, b: str | None, tenant: str, as_json: bool) -> None:
    """Say why two identifiers, or two customers by their ids, are or are not one person.

    With A alone, say why everything its customer is known by belongs together.
    """
    wiring = open_home(ctx)
    desk = identity_desk(wiring, tenant)
    first = a if b and desk.by_id(a) and desk.by_id(b) else desk.identifier(a)
    others = [b] if b else _known_with(wiring, tenant, first)
    answers = [desk.explain(first, other) for other in others]
    if as_json:
        print_json(answers[0] if b else answers)
        return
    for answer in answers:
        _show(answer)
    if not answers:
        click.echo(f"{first} is all that its customer is known by")


def _known_with(wiring: Wiring, tenant: str, identifier: str) -> list[str]:
    customer = wiring.lookup.customer(tenant, identifier)
    if customer is None:
        raise InvalidEvent("unknown_customer", f"nobody is known as {identifier!r}")
    return [one for one in customer.identifiers if one != identifier]


def _show(answer: Explanation) -> None:
    verdict = "one customer" if answer.together else "two customers"
    about = f" ({answer.about})" if answer.about else ""
    click.echo(f"{answer.a} and {answer.b} are {verdict}: {answer.reason}{about}")
    for link in _weakest_first(answer):
        marks = "  <- weakest" if link == answer.weakest else ""
        marks += "  <- broken here" if link == answer.broken_at else ""
        who = f" ({link.said_by})" if link.said_by else ""
        click.echo(
            f"  {link.a} {'=' if link.kind == 'same' else '!='} {link.b}"
            f"  {link.strength.name.lower()} by {link.source}{who} on {link.at:%Y-%m-%d}"
            f"{'' if link.strength is Strength.MANUAL else f'  [{link.id}]'}{marks}"
        )


def _weakest_first(answer: Explanation) -> list[Evidence]:
    if not answer.together:
        return list(answer.chain)
    return [answer.chain[place] for place in answer.weakest_first]


def _state(verdict: Verdict) -> click.Command:
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
        event = link_event(tenant, first, second, verdict, withdrawn=withdraw, by=by, at=now())
        wiring.door().admit([event])
        run_until_idle(wiring, show=False)
        click.echo(f"{'withdrawn' if withdraw else 'noted'}: {first} {verdict} {second}")

    state.help = f"State that two identifiers are {'one person' if verdict == 'same' else 'two'}."
    return state


command.add_command(plan_command)
command.add_command(_state("same"))
command.add_command(_state("different"))
for _does in ("merge", "unmerge", "split", "deny", "withdraw"):
    command.add_command(act_command(_does))
command.add_command(undo_command)
command.add_command(history_command)
command.add_command(propose_command)
command.add_command(proposals_command)


def _identifier(wiring: Wiring, tenant: str, text: str) -> str:
    return read_identifier(text, wiring.settings.companies().get(tenant, Company()).region)
