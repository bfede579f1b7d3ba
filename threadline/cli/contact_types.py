"""`threadline contact-types`: teach what contacts are about, and count it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from infra.contact_terms import FIRST, LAST, Asked, contact_terms
from infra.store.view import milliseconds
from processors.contact_examples import read_examples
from processors.contact_report import contact_report
from schemas.errors import InvalidEvent
from threadline.cli.common import json_option, now, open_home, print_json, tenant_option
from threadline.cli.options import at_option

if TYPE_CHECKING:
    from models.contact_types.model import About

MOST_TYPES = 20


@click.group("contact-types")
def command() -> None:
    """Teach what contacts are about, and count it."""


@command.command("train")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--language", default="en", show_default=True, help="Of rows that do not say theirs.")
@click.option("--dry-run", is_flag=True, help="Say how good it would be, and keep what is there.")
@json_option
@click.pass_context
def train_command(
    ctx: click.Context, file: Path, language: str, *, dry_run: bool, as_json: bool
) -> None:
    """Learn contact types from FILE, a CSV with the columns text, label and perhaps language.

    Ten examples of each type are a good start. Rows with the label `unknown` show what is about
    nothing: greetings, small talk. A text is told by what was taught in its language. The types
    replace those that were known before; they count for what comes in from the next start on, and
    `threadline replay --from tag` applies them to everything.
    """
    from models.catalogue import PACKAGED, UTTERANCE_ENCODER  # loads model libraries
    from models.encoder import TextEncoder
    from threadline.contact_types import keep, learn

    wiring = open_home(ctx)
    rows = read_examples(_text(file), language, file.name)
    encoder = TextEncoder(PACKAGED / UTTERANCE_ENCODER.name)
    models = learn(rows, encoder, lambda line: click.echo(line, err=True))
    if not dry_run:
        keep(models, wiring.contact_types)
    if as_json:
        abouts = (msgspec.structs.replace(model.about, terms=()) for model in models)
        print_json({about.language: about for about in abouts})
        return
    for model in models:
        _show(model.about)
    if not dry_run:
        click.echo(f"kept as {wiring.contact_types}")
        click.echo("apply it to what is there already: threadline replay --from tag")


def _show(about: About) -> None:
    heading = f"{f'type ({about.language})':<32}{'n':>6}{'found':>8}{'right':>8}"
    click.echo(f"{heading}   in cross-validation")
    for name, checked in sorted(about.types.items(), key=lambda item: item[1].recall):
        often = f"  often taken for {checked.mistaken_for}" if checked.mistaken_for else ""
        sure = "    –" if checked.precision is None else f"{checked.precision:5.0%}"
        click.echo(f"{name:<32}{checked.examples:>6}{checked.recall:>8.0%}{sure:>8}{often}")
    click.echo(f"{heading}   in cross-validation")
    examples = sum(one.examples for one in about.types.values())
    click.echo(
        f"accuracy {about.accuracy:.1%} over {len(about.types)} types, {examples:,} examples;"
        f" a type is told to {about.told:.1%} of the texts that have one, and {about.right:.1%}"
        " of what is told is right"
    )


@command.command("report")
@at_option("--since", "From this time on, such as 2026-11-02.")
@at_option("--until", "Before this time.")
@click.option("--top", default=MOST_TYPES, show_default=True, type=click.IntRange(1, 1000))
@tenant_option
@json_option
@click.pass_context
def report_command(
    ctx: click.Context,
    since: datetime | None,
    until: datetime | None,
    top: int,
    tenant: str,
    *,
    as_json: bool,
) -> None:
    """Count what contacts were about: the commonest types, and how many are about nothing known."""
    first, last = milliseconds(since or FIRST), milliseconds(until or LAST)
    found = contact_report(open_home(ctx).lookup.views.contact_types(tenant, first, last), top)
    if as_json:
        print_json(found)
        return
    click.echo(f"{found.contacts:,} contacts")
    for one in found.types:
        click.echo(
            f"{one.type:<32}{one.contacts:>9,}{one.share:>8.1%}   {one.negative:.0%} negative"
        )
    if found.others:
        click.echo(f"{'(other types)':<32}{found.others:>9,}")
    click.echo(f"{'(unknown)':<32}{found.unknown:>9,}{found.unknown_share:>8.1%}")
    if found.not_analysed:
        click.echo(f"{'(not analysed)':<32}{found.not_analysed:>9,}")


@command.command("terms")
@click.argument("contact_type", required=False, metavar="[TYPE]")
@at_option("--since", "Compare contacts from this time on with those before it.")
@at_option("--until", "Before this time.")
@click.option("--days", type=click.IntRange(1, 3660), help="Short for --since so many days ago.")
@click.option("--top", default=MOST_TYPES, show_default=True, type=click.IntRange(1, 1000))
@tenant_option
@json_option
@click.pass_context
def terms_command(
    ctx: click.Context,
    contact_type: str | None,
    since: datetime | None,
    until: datetime | None,
    days: int | None,
    top: int,
    tenant: str,
    *,
    as_json: bool,
) -> None:
    """Show what customers bring up in contacts of TYPE more than elsewhere, or than before."""
    if days is not None:
        since = now() - timedelta(days=days)
    if contact_type is None and since is None:
        raise click.UsageError("say what to compare: a TYPE with all others, --since or --days")
    asked = Asked(contact_type, since, until, top=top)
    found = contact_terms(open_home(ctx).lookup.views, tenant, asked).terms
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("nothing stands out")
        return
    click.echo(f"{'term':<36}{'contacts':>9}{'share':>8}{'baseline':>10}{'z':>7}")
    for one in found:
        click.echo(
            f"{one.term:<36}{one.contacts:>9,}{one.share:>8.1%}{one.baseline_share:>10.1%}"
            f"{one.z:>7.1f}"
        )


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidEvent("unknown_format", f"{file} is not UTF-8 text") from error
    except OSError as error:
        raise InvalidEvent("unreadable", f"{file} cannot be read: {error.strerror}") from error
