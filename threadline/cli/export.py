"""`threadline export`: everything as NDJSON in a stable order, so that two runs can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from msgspec.structs import replace

from infra.store.base import Views
from processors.ledger import timeless
from schemas.base import encode
from threadline.cli.common import open_home
from threadline.cli.progress import counting

Lines = Callable[[Views, str], Iterable[object]]


def _interactions(views: Views, tenant: str) -> Iterator[object]:
    for interaction in views.all_interactions(tenant):
        yield {
            "interaction": interaction,
            "utterances": views.utterances(tenant, interaction.id),
        }


FILES: dict[str, Lines] = {
    "customers.ndjson": lambda views, tenant: (
        replace(customer, revision=0) for customer in views.customers(tenant)
    ),
    "interactions.ndjson": _interactions,
    "alerts.ndjson": lambda views, tenant: sorted(
        views.alerts(tenant, 1_000_000), key=lambda alert: alert.id
    ),
    "ledger.ndjson": lambda views, tenant: map(timeless, views.ledger(tenant)),
}


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--tenant", help="One tenant only; all by default.")
@click.pass_context
def command(ctx: click.Context, folder: Path, tenant: str | None) -> None:
    """Write customers, interactions, alerts and ledger as NDJSON into FOLDER.

    The order is stable and no wall-clock time is written: `diff -r` compares two runs.
    """
    written = export(open_home(ctx).lookup.views, folder, tenant, show=True)
    for name, number in written.items():
        click.echo(f"{number:>8,} {folder / name}")


def export(views: Views, folder: Path, tenant: str | None, *, show: bool) -> dict[str, int]:
    """Write the files; give the number of lines in each."""
    folder.mkdir(parents=True, exist_ok=True)
    tenants = [tenant] if tenant else views.tenants()
    written: dict[str, int] = {}
    with counting("writing", show=show) as advance:
        for name, lines in FILES.items():
            with (folder / name).open("wb") as file:
                number = 0
                for one in tenants:
                    for value in lines(views, one):
                        file.write(encode(value) + b"\n")
                        number += 1
                        advance(1)
            written[name] = number
    return written
