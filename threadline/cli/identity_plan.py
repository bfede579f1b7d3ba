"""`threadline identity plan`: what other rules would change, before they are applied."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from infra.store.base import Views
from processors.identity.plan import Plan, Regrouping, plan
from processors.identity.rules import Rules
from schemas.base import Contract, decode
from schemas.errors import ConfigError
from schemas.identity import Customer, Evidence
from schemas.topics import EVIDENCE
from threadline.cli.common import json_option, open_home, print_json, tenant_option

SHOWN = 3
"""Identifiers of a customer that an example names."""


class Report(Contract, frozen=True, kw_only=True):
    """The answer as JSON: counts, interactions that would have another customer, examples."""

    statements: int
    customers_now: int
    customers_then: int
    unchanged: int
    merges: int
    splits: int
    regroupings: int
    times: int
    interactions_moved: int
    examples: tuple[Regrouping, ...]


@click.command("plan")
@click.argument("rules", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--examples", default=10, show_default=True, help="How many changes to show.")
@tenant_option
@json_option
@click.pass_context
def plan_command(
    ctx: click.Context, rules: Path, examples: int, tenant: str, as_json: bool
) -> None:
    """Say what the rules in the file RULES would change, and change nothing."""
    wiring = open_home(ctx)
    then = read_rules(rules)
    log = wiring.backend().log
    evidence = (decode(data, Evidence) for data in log.values(EVIDENCE.name, tenant))
    found = plan(evidence, wiring.settings.file.identity, then)
    moved = sum(_moved(wiring.lookup.views, tenant, change) for change in found.changes)
    if as_json:
        print_json(_report(found, moved, examples))
        return
    _show(found, moved, examples)
    click.echo(
        "nothing was changed; to apply: write these rules under [identity] in threadline.toml,"
        " then `threadline replay --from resolve`"
    )


def read_rules(path: Path) -> Rules:
    """Read rules from the table `identity` of a TOML file, or from all of it where there is none.

    Raises:
        ConfigError: the file cannot be read, or a rule is not one.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
        return msgspec.convert(given.get("identity", given), Rules)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _moved(views: Views, tenant: str, change: Regrouping) -> int:
    """Count the interactions that would be another customer's."""
    before = {one.id: views.interactions_of(tenant, one.held) for one in change.before}
    return sum(
        len(views.interactions_of(tenant, one.held) - before.get(one.id, frozenset()))
        for one in change.after
    )


def _report(found: Plan, moved: int, examples: int) -> Report:
    return Report(
        statements=found.statements,
        customers_now=found.before,
        customers_then=found.after,
        unchanged=found.unchanged,
        merges=found.count("merge"),
        splits=found.count("split"),
        regroupings=found.count("regroup"),
        times=found.count("time"),
        interactions_moved=moved,
        examples=found.changes[:examples],
    )


def _show(found: Plan, moved: int, examples: int) -> None:
    click.echo(
        f"{found.statements:,} statements: {found.before:,} customers now, {found.after:,} then;"
        f" {found.unchanged:,} stay as they are"
    )
    click.echo(
        f"merges {found.count('merge'):,}, splits {found.count('split'):,}, otherwise regrouped"
        f" {found.count('regroup'):,}, held for another time {found.count('time'):,};"
        f" interactions that move {moved:,}"
    )
    for change in found.changes[:examples]:
        click.echo(f"  {change.kind}: {_named(change.before)}  ->  {_named(change.after)}")
    if len(found.changes) > examples:
        click.echo(f"  ... and {len(found.changes) - examples:,} more")


def _named(customers: Iterable[Customer]) -> str:
    return " + ".join(f"{one.id} ({_short(one.identifiers)})" for one in customers)


def _short(identifiers: tuple[str, ...]) -> str:
    more = f", {len(identifiers) - SHOWN} more" if len(identifiers) > SHOWN else ""
    return ", ".join(identifiers[:SHOWN]) + more
