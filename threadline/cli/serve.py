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

    Without a token it listens on loopback only. On Kafka it runs the API and the console; the
    pipeline runs in workers, started by `threadline run`.
    """
    wiring = open_home(ctx)
    settings = wiring.settings
    server = Server(wiring, host or settings.host, settings.port if port is None else port)
    if wiring.backends.is_cluster:
        click.echo("the pipeline runs in workers: threadline run", err=True)
    server.serve(lambda url: click.echo(f"Threadline is at {url}  (stop with Ctrl-C)"))
