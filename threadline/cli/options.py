"""Options that take a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class At(click.ParamType):
    """A time, UTC where it does not say."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a time, or fail naming the option."""
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-11-02 or 2026-11-02T10:00Z", param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=UTC)


def at_option(name: str, about: str) -> Callable[[F], F]:
    """Add an option that takes a time."""
    return click.option(name, type=At(), metavar="TIME", help=about)
