"""On the real servers: a call that is transcribed again is read in its newest version."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import threadline.demo.calls
from models.fetch import located
from tests.contract.search_indices import server_index
from tests.e2e.command_home import MODELS, SPEECH, Command, need_speech

pytestmark = [pytest.mark.e2e, pytest.mark.speech]

LARGER = "whisper-base"
CALL = "call-01"
SIDECAR = {
    "id": "rec-1",
    "interaction": "call-1",
    "occurred_at": "2026-03-02T11:42:00Z",
    "parties": [
        {"role": "agent", "name": "Tom"},
        {"role": "customer", "identifiers": ["phone:+12025550143"]},
    ],
    "tracks": [0, 1],
}


@pytest.fixture
def cluster(
    tmp_path: Path,
    kafka_url: str,
    topic_prefix: str,
    fresh_database: str,
    elasticsearch_url: str,
) -> Iterator[Command]:
    """A home on Kafka, PostgreSQL and Elasticsearch into which one call came."""
    need_speech()
    if located(LARGER, MODELS) is None:
        pytest.skip(f"{LARGER} is not in THREADLINE_MODELS: threadline models fetch {LARGER}")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copyfile(threadline.demo.calls.AUDIO / f"{CALL}.wav", inbox / f"{CALL}.wav")
    (inbox / f"{CALL}.wav.json").write_text(json.dumps(SIDECAR), "utf-8")
    home = tmp_path / "home"
    home.mkdir()
    with server_index(elasticsearch_url) as index:
        command = Command(
            home,
            THREADLINE_LOG=f"{kafka_url}?prefix={topic_prefix}",
            THREADLINE_STORE=fresh_database,
            THREADLINE_SEARCH=f"{elasticsearch_url}?prefix={index}",
            THREADLINE_PARTITIONS="2",
            THREADLINE_ENGINE="faust",
        )
        command.quick("ingest", str(inbox))
        yield command


def told(command: Command, folder: Path) -> list[tuple[str, str]]:
    """List the turns that are exported: engine and text."""
    command.quick("export", str(folder))
    rows = folder.joinpath("interactions.ndjson").read_text("utf-8").splitlines()
    (call,) = (json.loads(row) for row in rows)
    said = [tagged["utterance"] for tagged in call["utterances"]]
    return [(turn["engine"], turn["text"]) for turn in said]


def found(command: Command) -> list[str]:
    """List what a search for everything finds."""
    hits: list[dict[str, Any]] = command.here("search", "channel:voice", "--limit", "100")["hits"]
    return sorted(hit["text"] for hit in hits)


def test_readers_see_the_newest_transcript_and_nothing_of_the_older(
    cluster: Command, tmp_path: Path
) -> None:
    def transcribed_by(model: str, *words: str) -> list[tuple[str, str]]:
        cluster.environ["THREADLINE_SPEECH_MODEL"] = model
        cluster(*words)  # in a process of its own, as a worker is
        turns = told(cluster, tmp_path / f"after {' '.join(words)} by {model}")
        assert found(cluster) == sorted(text for _, text in turns)
        return turns

    first = transcribed_by(SPEECH, "run", "--until-idle")
    again = ("replay", "--from", "transcribe", "--since", "2020-01-01")
    second = transcribed_by(LARGER, *again)
    assert {engine for engine, _ in first} == {"faster-whisper/tiny.en-int8"}
    assert {engine for engine, _ in second} == {"faster-whisper/base-int8"}
    assert [text for _, text in first] != [text for _, text in second]
    assert transcribed_by(SPEECH, *again) == first
