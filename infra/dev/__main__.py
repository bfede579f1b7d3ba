"""`python -m infra.dev start|stop|status [SERVER...]`: the real servers on loopback."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import NoReturn

import click

from infra.dev.running import start_server
from infra.dev.server import Place
from infra.dev.servers import DEFAULT, SERVERS
from infra.dev.state import State
from schemas.errors import ThreadlineError

VARIABLES = {
    "kafka": "THREADLINE_LOG",
    "postgres": "THREADLINE_STORE",
    "elasticsearch": "THREADLINE_SEARCH",
    "opensearch": "THREADLINE_SEARCH",
}
_SERVERS = click.argument(
    "names", metavar="[SERVER]...", nargs=-1, type=click.Choice(list(SERVERS))
)


@dataclass(frozen=True)
class _Here:
    place: Place
    state: State


@click.group()
@click.option("--offset", type=int, default=0, help="Add this to every port.  [default: 0]")
@click.option("--java-home", envvar="JAVA_HOME", default="", help="A Java to try first.")
@click.pass_context
def servers(ctx: click.Context, offset: int, java_home: str) -> None:
    """Start and stop the real servers on loopback, without a container engine."""
    place = Place(offset=offset, java_home=java_home)
    ctx.obj = _Here(place, State(place))


@servers.command()
@_SERVERS
@click.pass_obj
def start(here: _Here, names: tuple[str, ...]) -> None:
    """Start servers and wait until they answer; leave alone those that run."""
    for name in names or DEFAULT:
        _start(here, name)
    click.echo("\nFor Threadline to use them:")
    for name in names or DEFAULT:
        running = here.state.find(name)
        if running is not None:
            click.echo(f"export {VARIABLES[name]}={running.url}")


@servers.command()
@_SERVERS
@click.pass_obj
def stop(here: _Here, names: tuple[str, ...]) -> None:
    """Stop servers and remove their data."""
    for name in names or SERVERS:
        running = here.state.find(name)
        if running is None:
            continue
        try:
            running.remove()
        except ThreadlineError as error:
            _fail(name, error)
        here.state.forget(name)
        click.echo(f"{name}: stopped, data removed")


@servers.command()
@_SERVERS
@click.pass_obj
def status(here: _Here, names: tuple[str, ...]) -> None:
    """Show which servers run, and where."""
    for name in names or SERVERS:
        running = here.state.find(name)
        if running is None:
            click.echo(f"{name}: not started")
        elif running.answers():
            click.echo(f"{name}: answers at {running.url}, pid {running.process.pid}")
        else:
            click.echo(f"{name}: does not answer; its log is {running.log}")


def _start(here: _Here, name: str) -> None:
    running = here.state.find(name)
    if running is not None and running.answers():
        click.echo(f"{name}: runs already at {running.url}")
        return
    if running is not None:
        running.remove()
        here.state.forget(name)
    began = time.monotonic()
    click.echo(f"{name}: starting")
    try:
        running = start_server(name, here.place, click.echo)
    except ThreadlineError as error:
        _fail(name, error)
    here.state.put(running, here.place.offset)
    click.echo(f"{name}: answers at {running.url} after {time.monotonic() - began:.0f} s")


def _fail(name: str, error: ThreadlineError) -> NoReturn:
    raise click.ClickException(f"{name}: {error}")


if __name__ == "__main__":
    servers(prog_name="python -m infra.dev")
