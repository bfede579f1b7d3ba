"""`make accuracy`: measure all trials and write the accuracy report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from schemas.base import decode, encode
from schemas.errors import ThreadlineError
from threadline.evaluation.accuracy import ROOT, Measured, measure
from threadline.evaluation.document import document
from threadline.settings import load_settings

FIGURES = ROOT / "docs/reference/accuracy.json"
PAGE = ROOT / "docs/reference/accuracy.md"
KEPT = ROOT / ".cache/accuracy"


@click.command()
@click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The sets."
)
@click.option("--only", default="", metavar="TASK", help="Measure one task; keep the others.")
def main(data: Path | None, only: str) -> None:
    """Measure on the sets below --data, and write the page; without --data only write it."""
    if data is not None:
        try:
            _measure(data, only)
        except ThreadlineError as error:
            raise click.ClickException(str(error)) from error
    PAGE.write_text(document(decode(FIGURES.read_bytes(), Measured)), "utf-8")
    click.echo(f"wrote {PAGE.relative_to(ROOT)}")


def _measure(data: Path, only: str) -> None:
    day = datetime.now(UTC).date().isoformat()
    found = measure(load_settings(), data, KEPT, day=day, only=only, say=click.echo)
    if only and FIGURES.is_file():
        before = decode(FIGURES.read_bytes(), Measured)
        others = [entry for entry in before.entries if entry.task != only]
        found = msgspec.structs.replace(found, entries=(*others, *found.entries))
    FIGURES.write_bytes(written(found))


def written(measured: Measured) -> bytes:
    """Write figures with one trial a line, so that a change shows as one."""
    head = encode(msgspec.structs.replace(measured, entries=()))[:-1]
    lines = b",\n".join(encode(entry) for entry in measured.entries)
    return head + b',"entries":[\n' + lines + b"\n]}\n"


if __name__ == "__main__":
    main()
