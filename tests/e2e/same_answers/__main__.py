"""`python -m tests.e2e.same_answers`: put a corpus through two systems and compare all they say."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from infra.dev.running import free_place, start_server
from infra.dev.server import Place
from infra.dev.state import State
from tests.e2e.same_answers.cluster import Servers, cluster
from tests.e2e.same_answers.comparison import compared
from tests.e2e.same_answers.corpus import Corpus
from tests.e2e.same_answers.large import large_corpus
from tests.e2e.same_answers.small import small_corpus
from tests.e2e.same_answers.systems import System, put_through


@contextmanager
def _server(name: str) -> Iterator[str]:
    """Give the URL of a server that runs, or of one that is started for this run alone."""
    running = State(Place()).find(name)
    if running is not None and running.answers():
        yield running.url
        return
    with start_server(name, free_place(name)) as started:
        yield started.url


def _corpus(name: str, folder: Path) -> Corpus:
    if name == "small":
        return small_corpus(folder)
    corpus, left_out = large_corpus(folder)
    for part in left_out:
        click.echo(f"left out: THREADLINE_DATA has no {part}")
    return corpus


@click.command()
@click.option("--corpus", "size", type=click.Choice(["small", "large"]), default="small")
@click.option("--engine", type=click.Choice(["faust", "confluent"]), default="faust")
@click.option(
    "--search", type=click.Choice(["elasticsearch", "opensearch"]), default="elasticsearch"
)
@click.option("--again", is_flag=True, help="Compare the embedded system with itself.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep both homes in this folder.")
def main(size: str, engine: str, search: str, again: bool, keep: Path | None) -> None:
    """Compare the embedded system with a cluster; exit code 1 when they differ."""
    with ExitStack() as held:
        folder = keep or Path(held.enter_context(tempfile.TemporaryDirectory()))
        corpus = _corpus(size, folder / "corpus")
        embedded = put_through(System("embedded"), corpus, folder / "embedded", click.echo)
        if again:
            other = System("embedded again")
        else:
            names = ("kafka", "postgres", search)
            servers = Servers(*(held.enter_context(_server(name)) for name in names))
            other = held.enter_context(cluster(servers, engine))
        answers = put_through(other, corpus, folder / "other", click.echo)
    differences = compared(embedded, answers)
    for difference in differences:
        click.echo("\n".join(difference.lines()))
    sys.exit(any(differences))


if __name__ == "__main__":
    main()
