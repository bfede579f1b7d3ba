"""The command line. Each verb lives in a file of its own and is imported only when it is used."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from schemas.errors import ConfigError, InvalidEvent, QueryError, ThreadlineError
from threadline import __version__

VERBS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Run a fictional company end to end and open its console."),
    "ingest": ("ingest", "Take in files and folders: events, mail, vCons, recordings."),
    "run": ("run", "Process what came in, until stopped or until idle."),
    "serve": ("serve", "Run the pipeline, the API and the console."),
    "timeline": ("timeline", "Show everything of one customer, newest first."),
    "search": ("search", "Search every word ever said or written."),
    "contact-types": ("contact_types", "Teach what contacts are about, and count it."),
    "alerts": ("alerts", "List alerts with their evidence."),
    "ledger": ("ledger", "Account for every contact, and put back what is stuck."),
    "identity": ("identity", "Explain, join or part customers."),
    "eval": ("evaluate", "Measure answers on data whose truth is known."),
    "dead-letters": ("dead_letters", "List, show, retry or drop what could not be processed."),
    "replay": ("replay", "Derive everything anew from what came in."),
    "lag": ("lag", "Show how far each stage is, and what waits for it."),
    "topics": ("topics", "Compare Kafka's topics with what is needed, and mend them."),
    "index": ("index", "Build the search index anew, or compare it with the store."),
    "models": ("models", "List or fetch model weights."),
    "export": ("export", "Write customers, interactions, alerts and ledger as NDJSON."),
    "check": ("check", "Check settings, home, models and index."),
    "version": ("version", "Print the version."),
}


class Verbs(click.Group):
    """A group that knows its verbs by name and imports them late, so that help is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs in the order of the catalogue."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"threadline.cli.{VERBS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing any."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, about) for name, (_, about) in VERBS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run a verb; turn our errors into one clear message and an exit code."""
        try:
            return super().invoke(ctx)
        except QueryError as error:
            click.echo(f"error: {error}\n{error.pointer}", err=True)
            raise click.exceptions.Exit(2) from error
        except ConfigError as error:
            click.echo(f"error: {error}", err=True)
            raise click.exceptions.Exit(2) from error
        except InvalidEvent as error:
            click.echo(f"error: {error} [{error.reason}]", err=True)
            raise click.exceptions.Exit(1) from error
        except ThreadlineError as error:
            click.echo(f"error: {error}", err=True)
            raise click.exceptions.Exit(1) from error


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything lives. [env: THREADLINE_HOME; default: .threadline]",
)
@click.version_option(__version__, prog_name="threadline")
@click.pass_context
def cli(ctx: click.Context, home: Path | None) -> None:
    """Every conversation, one line.

    Threadline merges voice, chat, email, SMS and social contacts into one searchable timeline
    per customer.
    """
    ctx.obj = home
