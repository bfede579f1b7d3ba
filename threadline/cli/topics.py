"""`threadline topics`: Kafka's topics as the catalogue wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from schemas.errors import ConfigError
from threadline.cli.common import json_option, open_home, print_json
from threadline.wiring import Wiring

if TYPE_CHECKING:
    from infra.log.topic_shapes import Difference

NOT_NEEDED = "the log is the embedded file: it needs no topics to be made"
AS_WANTED = "all topics are as they must be"


@click.group("topics")
def command() -> None:
    """Compare Kafka's topics with what Threadline needs, and mend them."""


@command.command("plan")
@json_option
@click.pass_context
def plan_command(ctx: click.Context, as_json: bool) -> None:
    """Say what is missing or different, and change nothing."""
    wiring = open_home(ctx)
    _tell(ctx, wiring.topics().plan() if _on_kafka(wiring, as_json) else None, as_json)


@command.command("apply")
@click.option(
    "--add-partitions",
    is_flag=True,
    help="Also add partitions. Keys move to others, so nothing may wait and nobody may work;"
    " replay from normalise afterwards.",
)
@json_option
@click.pass_context
def apply_command(ctx: click.Context, add_partitions: bool, as_json: bool) -> None:
    """Create topics and change their settings; say what remains. Nothing is ever deleted."""
    wiring = open_home(ctx)
    if not _on_kafka(wiring, as_json):
        _tell(ctx, None, as_json)
        return
    topics = wiring.topics()
    before = topics.plan()
    moves = [one for one in before if one.what == "partitions" and add_partitions]
    if moves:
        _require_rest(wiring)
    remains = topics.apply(add_partitions=add_partitions)
    for done in (one for one in before if one not in remains):
        click.echo(f"{done.topic}: {done.what} {done.found} -> {done.wanted}", err=True)
    if moves:
        click.echo("keys have moved: now run `threadline replay --from normalise`", err=True)
    _tell(ctx, remains, as_json)


@command.command("describe")
@json_option
@click.pass_context
def describe_command(ctx: click.Context, as_json: bool) -> None:
    """Describe the topics that are there."""
    wiring = open_home(ctx)
    states = wiring.topics().describe() if _on_kafka(wiring, as_json) else []
    if as_json:
        print_json(states)
        return
    for one in states:
        settings = " ".join(f"{key}={value}" for key, value in one.config.items())
        click.echo(
            f"{one.name}: {one.partitions} partitions, {one.replication} copies"
            f" ({one.in_sync} in sync), {one.records:,} records\n  {settings}"
        )


def _on_kafka(wiring: Wiring, as_json: bool) -> bool:
    if not wiring.backends.is_cluster and not as_json:
        click.echo(NOT_NEEDED)
    return wiring.backends.is_cluster


def _tell(ctx: click.Context, found: list[Difference] | None, as_json: bool) -> None:
    if as_json:
        print_json(found or [])
    elif found is not None:
        for one in found:
            click.echo(str(one))
        if not found:
            click.echo(AS_WANTED)
    if any(one.matters for one in found or []):
        ctx.exit(1)


def _require_rest(wiring: Wiring) -> None:
    """Refuse to move keys while something waits or somebody works."""
    waiting = {stage: count for stage, count in wiring.waiting().items() if count}
    if waiting:
        listed = ", ".join(f"{count:,} for {stage}" for stage, count in waiting.items())
        raise ConfigError(f"records wait ({listed}): let the workers finish, then stop them")
    groups = wiring.groups()
    if groups is not None:
        groups.require_empty([stage.name for stage in wiring.topology.stages])
