"""Killed at any moment, started again: nothing is lost and nothing is there twice."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra.sqlite import Database
from tests.e2e.command_home import Command, need_speech
from tests.e2e.small_company import write_company, write_settings

pytestmark = [pytest.mark.e2e, pytest.mark.speech]

KILLS = 6
QUERIES = (
    "router",
    '"cancel my account"',
    "speaker:customer refund",
    "channel:voice internet",
    "channel:email charged",
)


class Undisturbed(NamedTuple):
    """A home that nobody killed, the inputs it was given, and how long its run took."""

    company: Path
    inputs: int
    fed: Path
    took_s: float
    ingest_s: float
    command: Command
    export: Mapping[str, bytes]
    hits: list[Any]


def hits(command: Command) -> list[Any]:
    return [command.here("search", query, "--limit", "50") for query in QUERIES]


def written(home: Path) -> int:
    """Count the records that were ever written to the log."""
    database = Database(home / "threadline.db")
    count: int = database.value("SELECT value FROM counter WHERE name = 'log'")
    database.close()
    return count


def has_written(home: Path, moment: float) -> bool:
    return written(home) >= moment


def is_sound(home: Path) -> bool:
    database = Database(home / "threadline.db")
    rows = database.rows("PRAGMA integrity_check")
    database.close()
    return bool(rows == [("ok",)])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    need_speech()
    folder = tmp_path_factory.mktemp("kill")
    company = folder / "company"
    inputs = write_company(company)
    fed = folder / "fed"
    write_settings(fed)
    began = time.monotonic()
    report = Command(fed).json("ingest", str(company))
    ingest_s = time.monotonic() - began
    assert report["accepted"] == report["inputs"] == inputs
    home = folder / "undisturbed"
    shutil.copytree(fed, home)
    command = Command(home)
    began = time.monotonic()
    command("run", "--until-idle")
    took = time.monotonic() - began
    export = command.export(folder / "export")
    return Undisturbed(company, inputs, fed, took, ingest_s, command, export, hits(command))


def test_the_undisturbed_home_has_everything(undisturbed: Undisturbed) -> None:
    ledger = undisturbed.export["ledger.ndjson"].splitlines()
    assert ledger
    assert all(b'"state":"complete"' in line for line in ledger)
    assert undisturbed.export["interactions.ndjson"].count(b'"channel":"voice"') >= 3
    assert len(undisturbed.export["customers.ndjson"].splitlines()) == 4
    assert all(page["total"] for page in undisturbed.hits)
    assert b"5566 5556" not in b"".join(undisturbed.export.values())


def test_a_run_killed_again_and_again_ends_like_one_that_nobody_killed(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed of the moments of death: {seed}")  # noqa: T201  # shown when the test fails
    rng = random.Random(seed)
    home = tmp_path / "killed"
    shutil.copytree(undisturbed.fed, home)
    command = Command(home)
    first, last = written(home), written(undisturbed.command.home)
    # Moments are counted in records, so that they fall into the work on a machine of any speed.
    moments = sorted(rng.uniform(first, 0.9 * last) for _ in range(KILLS))
    alive = [
        command.killed(
            "run",
            "--until-idle",
            after_s=rng.uniform(0, 0.3),
            once=partial(has_written, home, moment),
        )
        for moment in moments
    ]
    assert sum(alive) >= KILLS // 2
    command("run", "--until-idle")
    assert command.export(tmp_path / "export") == undisturbed.export
    assert hits(command) == undisturbed.hits
    assert is_sound(home)


def test_taking_in_that_was_killed_is_finished_by_taking_in_again(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed of the moments of death: {seed}")  # noqa: T201  # shown when the test fails
    rng = random.Random(seed)
    home = tmp_path / "killed"
    write_settings(home)
    command = Command(home)
    for _ in range(3):
        command.killed(
            "ingest", str(undisturbed.company), after_s=rng.uniform(0.2, undisturbed.ingest_s)
        )
    report = command.json("ingest", str(undisturbed.company))
    assert report["accepted"] + report["known"] == undisturbed.inputs
    assert command.json("ingest", str(undisturbed.company))["known"] == undisturbed.inputs
    # Answers come with the company's home: only what came in is in question here.
    _take_answers(undisturbed.command.home, home)
    command("run", "--until-idle")
    assert command.export(tmp_path / "export") == undisturbed.export
    assert is_sound(home)


def _take_answers(source: Path, target: Path) -> None:
    """Spare the second home the transcription that the first has done."""
    database = Database(target / "threadline.db")
    database.execute("ATTACH ? AS other", (str(source / "threadline.db"),))
    with database.transaction():
        database.execute("INSERT OR IGNORE INTO answer SELECT * FROM other.answer")
    database.close()
