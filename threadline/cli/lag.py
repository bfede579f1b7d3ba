"""`threadline lag`: how far each stage is, and what waits for it."""

from __future__ import annotations

from dataclasses import dataclass

import click

from threadline.cli.common import json_option, open_home, print_json
from threadline.wiring import Wiring

_EVER = 1 << 60
"""A time, in ms, after everything in a log."""


@dataclass(frozen=True)
class Place:
    """Where a stage stands in a partition; positions as its log counts them, None before any."""

    stage: str
    partition: str
    applied: int | None
    end: int | None
    waiting: int
    worker: str | None


@click.command("lag")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show per stage and partition what is applied, where the log ends, and what waits."""
    places = _places(open_home(ctx))
    if as_json:
        print_json(places)
        return
    width = max(len(place.partition) for place in places)
    click.echo(
        f"{'stage':<11}{'partition':<{width}}{'applied':>12}{'end':>12}{'waiting':>10}  worker"
    )
    for place in places:
        click.echo(
            f"{place.stage:<11}{place.partition:<{width}}"
            f"{_shown(place.applied):>12}{_shown(place.end):>12}"
            f"{place.waiting:>10,}  {place.worker or '-'}"
        )


def _places(wiring: Wiring) -> list[Place]:
    log, store, _ = wiring.backend()
    workers = _workers(wiring)
    found: list[Place] = []
    for stage in wiring.topology.stages:
        positions = store.positions(stage.name)
        waiting = log.lags(stage.reads, positions)
        for partition, end in sorted(log.positions_at(stage.reads, _EVER).items()):
            found.append(
                Place(
                    stage.name,
                    partition,
                    _position(positions.get(partition, -1)),
                    _position(end),
                    waiting.get(partition, 0),
                    workers.get((stage.name, partition)),
                )
            )
    return found


def _position(at: int) -> int | None:
    return at if at >= 0 else None


def _shown(position: int | None) -> str:
    return "-" if position is None else f"{position:,}"


def _workers(wiring: Wiring) -> dict[tuple[str, str], str]:
    groups = wiring.groups()
    if groups is None:
        return {}
    members = groups.members([stage.name for stage in wiring.topology.stages])
    return {(one.stage, partition): one.name for one in members for partition in one.partitions}
