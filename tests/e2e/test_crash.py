"""The crash suite in small, on the real servers: `make crash` plays all of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.crash.corpus import make_corpus
from tests.e2e.crash.ground import Servers
from tests.e2e.crash.scenarios import kill_worker, wake_the_dead
from tests.e2e.crash.suite import Suite
from tests.e2e.crash.workers import Manner
from tests.servers import own_server

pytestmark = [pytest.mark.e2e, pytest.mark.contract]

EVENTS, SEED = 1_500, 4
KILLS = 3
FROZEN_S, IDLE_S = 15.0, 12
"""Longer than a group believes in a silent member, and than PostgreSQL keeps its locks."""

SLOW = Manner(pause_s=0.3, batch=50)
engines = pytest.mark.parametrize("engine", ["faust", "confluent"])


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    with Servers(own_server) as servers:
        yield Suite(make_corpus(EVENTS, SEED), servers, tmp_path_factory.mktemp("crash"), SEED)


def test_the_undisturbed_run_has_something_of_everything(suite: Suite) -> None:
    assert all(suite.expected.kinds.values())
    assert suite.expected.count("utterance") == suite.expected.count("document")


@engines
def test_a_worker_killed_again_and_again_loses_nothing_and_doubles_nothing(
    suite: Suite, engine: str
) -> None:
    row = suite.play("kills", kill_worker(KILLS), engine=engine, manner=SLOW)
    assert row.hits == KILLS
    assert row.repeated > 0, "no death fell between log and store: this has proved nothing"
    assert row.verdict.equal, str(row.verdict)
    assert not list(suite.folder.rglob("*-data")), "Faust has made folders for tables"


@engines
def test_a_worker_that_wakes_after_another_took_over_changes_nothing(
    suite: Suite, engine: str
) -> None:
    play = wake_the_dead(FROZEN_S, times=1)
    row = suite.play("frozen", play, engine=engine, manner=SLOW, idle_s=IDLE_S)
    assert row.hits == 1
    assert row.verdict.equal, str(row.verdict)


def test_a_delivery_that_acknowledges_before_it_writes_is_seen_to_lose(suite: Suite) -> None:
    manner = Manner(SLOW.pause_s, SLOW.batch, acknowledge_first=True)
    row = suite.play("control", kill_worker(KILLS), engine="confluent", manner=manner)
    assert row.verdict.lost, "the harness cannot see loss"
