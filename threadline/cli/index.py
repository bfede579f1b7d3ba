"""`threadline index`: build the search index anew, or compare it with the store."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from infra.search.versions import Difference, compare
from schemas.base import Contract
from schemas.errors import Refused
from schemas.utterance import Tagged
from threadline.cli.common import json_option, open_home, print_json

PLAIN_S = 10
"""Seconds between two lines of progress where there is no terminal."""
SHOWN = 10
"""Ids of a kind that are shown as text."""


class Differing(Contract, frozen=True, kw_only=True):
    """Utterances that differ in one way; `ids` are the first thousand of them."""

    kind: str
    count: int
    ids: tuple[str, ...]


class Verified(Contract, frozen=True, kw_only=True):
    """What a comparison of store and index found."""

    stored: int
    differences: tuple[Differing, ...]


@click.group("index")
def command() -> None:
    """Build the search index anew, or compare it with the store."""


@command.command("rebuild")
@click.pass_context
def rebuild_command(ctx: click.Context) -> None:
    """Index every utterance of the store anew, while the old index is still searched.

    Exit code 1 where the search server refuses some of them.
    """
    wiring = open_home(ctx)
    views = wiring.lookup.views
    total = views.utterance_count()
    began = time.monotonic()
    refused: dict[str, str] = {}
    try:
        with reading("indexing", total) as progress:
            wiring.backend().search.renew(progress(views.all_utterances()), views.utterance)
    except Refused as refusal:
        refused = refusal.reasons
    seconds = time.monotonic() - began
    click.echo(f"indexed {total - len(refused):,} utterances in {seconds:,.1f} s")
    for id_, reason in refused.items():
        click.echo(f"refused: {id_}: {reason}")
    if refused:
        ctx.exit(1)


@command.command("verify")
@json_option
@click.pass_context
def verify_command(ctx: click.Context, as_json: bool) -> None:
    """Compare the ids and versions of store and index; exit code 1 where they differ."""
    wiring = open_home(ctx)
    views = wiring.lookup.views
    with reading("comparing", views.utterance_count()) as progress:
        difference = compare(progress(views.all_utterances()), wiring.backend().search)
    found = _verified(difference)
    if as_json:
        print_json(found)
    else:
        _show(found)
    if found.differences:
        ctx.exit(1)


def _verified(difference: Difference) -> Verified:
    kinds = tuple(
        Differing(kind=kind, count=ids.count, ids=tuple(ids.ids))
        for kind, ids in difference.kinds()
    )
    return Verified(stored=difference.stored, differences=kinds)


def _show(found: Verified) -> None:
    click.echo(f"{found.stored:,} utterances in the store")
    if not found.differences:
        click.echo("the index has all of them, and nothing else")
    for differing in found.differences:
        click.echo(f"{differing.kind}: {differing.count:,}")
        for id_ in differing.ids[:SHOWN]:
            click.echo(f"  {id_}")
        if differing.count > SHOWN:
            click.echo(f"  and {differing.count - SHOWN:,} more")


Batches = Iterable[Sequence[Tagged]]


@contextlib.contextmanager
def reading(what: str, total: int) -> Iterator[Callable[[Batches], Iterator[Sequence[Tagged]]]]:
    """Show how far reading the store is, with rate and time left, on standard error."""
    console = Console(stderr=True)
    with Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=total, rate="")
        began = said = time.monotonic()

        def through(batches: Batches) -> Iterator[Sequence[Tagged]]:
            nonlocal said
            done = 0
            for batch in batches:
                yield batch
                done += len(batch)
                now = time.monotonic()
                rate = done / max(now - began, 1e-6)
                progress.update(task, completed=done, rate=f"{rate:,.0f}/s")
                if not console.is_terminal and now - said > PLAIN_S:
                    said = now
                    left = max(0, total - done) / rate
                    click.echo(
                        f"  {what}: {done:,} of {total:,}, {rate:,.0f}/s, {left:,.0f} s left",
                        err=True,
                    )

        yield through
