"""`threadline serve`: pipeline, API and console in one process."""

from __future__ import annotations

import click

from threadline.cli.common import open_home
from threadline.server import Server


@click.command("serve")
@click.option("--host", help="Address to listen on.  [env: THREADLINE_HOST; default: 127.0.0.1]")
@click.option("--port", type=int, help="Port, 0 for any.  [env: THREADLINE_PORT; default: 8600]")
@click.pass_context
def command(ctx: click.Context, host: str | None, port: int | None) -> None:
    """Run the pipeline, the API and the console.

    Without a token it listens on loopback only.
    """
    wiring = open_home(ctx)
    settings = wiring.settings
    server = Server(wiring, host or settings.host, settings.port if port is None else port)
    server.serve(lambda url: click.echo(f"Threadline is at {url}  (stop with Ctrl-C)"))
