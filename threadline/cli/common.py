"""What verbs share: opening the home, options, and how values are printed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from schemas.base import encode
from schemas.utterance import mood_of

if TYPE_CHECKING:
    from threadline.settings import Settings
    from threadline.wiring import Wiring

F = TypeVar("F", bound=Callable[..., Any])

CHANNEL_SIGNS = {"voice": "☎", "chat": "💬", "email": "✉", "sms": "📱", "social": "@"}


def settings_of(ctx: click.Context) -> Settings:
    """Read the settings for the home that was asked for."""
    from threadline.settings import load_settings  # imported late: `version` needs none of it

    root = ctx.find_root()
    return load_settings(root.obj)


def open_home(ctx: click.Context) -> Wiring:
    """Open the home that was asked for."""
    from threadline.wiring import Wiring

    return Wiring(settings_of(ctx))


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def tenant_option(command: F) -> F:
    """Add `--tenant`."""
    return click.option("--tenant", default="default", show_default=True, help="Whose data.")(
        command
    )


def json_option(command: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(
        command
    )


def print_json(value: object) -> None:
    """Print one value as indented JSON."""
    click.echo(msgspec.json.format(encode(value), indent=2).decode())


def local_time(at: datetime) -> str:
    """Write a time as people read it, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def mood(score: float | None) -> str:
    """Write a sentiment score from -1 to 1 as a word and a number."""
    if score is None:
        return "not analysed"
    return f"{mood_of(score)} {score:+.2f}"


def existing(paths: tuple[str, ...]) -> list[Path]:
    """Turn arguments into paths that exist.

    Raises:
        click.UsageError: one does not; exit code 2.
    """
    found = [Path(path) for path in paths]
    for path in found:
        if not path.exists():
            raise click.UsageError(f"there is no file or folder {path}")
    return found
