"""The embedded file and a cluster of real servers answer alike, whatever is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command_home import need_speech
from tests.e2e.same_answers.answers import Answers
from tests.e2e.same_answers.cluster import Servers, cluster
from tests.e2e.same_answers.comparison import compared
from tests.e2e.same_answers.corpus import Corpus
from tests.e2e.same_answers.small import small_corpus
from tests.e2e.same_answers.systems import System, put_through

pytestmark = [pytest.mark.e2e, pytest.mark.speech]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    need_speech()
    return small_corpus(tmp_path_factory.mktemp("same") / "corpus")


@pytest.fixture(scope="module")
def embedded(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return put_through(System("embedded"), corpus, tmp_path_factory.mktemp("embedded"))


def differences(one: Answers, other: Answers) -> str:
    return "\n".join(line for table in compared(one, other) if table for line in table.lines())


def test_the_corpus_holds_all_that_could_differ(embedded: Answers) -> None:
    for name, least in {
        "customers": 20, "interactions": 100, "alerts": 1, "ledger": 150, "utterances": 400,
        "dead letters": 5, "index documents": 400, "timelines": 50, "explanations": 20,
        "searches": 300,
    }.items():  # fmt: skip
        assert len(embedded[name]) >= least, name
    assert len(embedded["utterances"]) == len(embedded["index documents"])
    told = b"".join(embedded["interactions"].values())
    for channel in (b"voice", b"chat", b"email", b"sms", b"social"):
        assert b'"channel":"' + channel in told
    assert b"[pin]" in told
    assert b"4 8 1 5" not in told


@pytest.fixture
def servers(kafka_url: str, postgres_url: str, elasticsearch_url: str) -> Servers:
    return Servers(kafka_url, postgres_url, elasticsearch_url)


@pytest.mark.parametrize("engine", ["faust", "confluent"])
def test_a_cluster_answers_like_the_embedded_file(
    engine: str, embedded: Answers, corpus: Corpus, servers: Servers, tmp_path: Path
) -> None:
    with cluster(servers, engine) as system:
        answers = put_through(system, corpus, tmp_path / "home")
    assert differences(embedded, answers) == ""


def test_the_embedded_log_with_servers_behind_it_answers_alike(
    embedded: Answers, corpus: Corpus, servers: Servers, tmp_path: Path
) -> None:
    with cluster(servers, log=False) as system:
        answers = put_through(system, corpus, tmp_path / "home")
    assert differences(embedded, answers) == ""


def test_a_difference_is_found_and_named(embedded: Answers) -> None:
    name, told = next(iter(embedded["interactions"].items()))
    changed = {**embedded["interactions"], name: told.replace(b'"negative"', b'"positive"')}
    del changed[list(changed)[-1]]
    found = differences(embedded, {**embedded, "interactions": changed})
    assert "interactions" in found
    assert "only in the first" in found
    reordered = dict(reversed(embedded["customers"].items()))
    assert "another order" in differences(embedded, {**embedded, "customers": reordered})
