"""The final state of a home, and what one lacks, has twice or has otherwise than another.

Everything is compared by id and whole, but for `partition` and `offset` of a dead letter: they say
where a record stood in its log, and two logs number their records differently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from elasticsearch.helpers import scan
from msgspec.structs import replace

from infra.log.base import Positions
from infra.search.elastic import ElasticSearch
from infra.search.elastic_client import connect
from schemas.base import decode, encode
from schemas.topics import TAGGED
from schemas.utterance import Tagged
from tests.e2e.crash.ground import Home
from threadline.cli.export import export

MOST_LETTERS = 1_000_000
CHUNK = 5_000
SHOWN = 5


@dataclass
class FinalState:
    """What a home has come to: per kind, the content of each thing by its id.

    `twice` lists what was found more than once.
    """

    kinds: dict[str, dict[str, bytes]] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)

    def put(self, kind: str, things: Iterable[tuple[str, bytes]]) -> None:
        """Add all things of a kind."""
        listed = list(things)
        counts = Counter(id for id, _ in listed)
        self.twice += [f"{kind} {id} x{count}" for id, count in counts.items() if count > 1]
        self.kinds[kind] = dict(listed)

    def count(self, kind: str) -> int:
        """Count the things of a kind."""
        return len(self.kinds[kind])


@dataclass(frozen=True)
class Verdict:
    """How a state differs from the one that it should be."""

    lost: tuple[str, ...]
    twice: tuple[str, ...]
    changed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Tell whether nothing differs."""
        return not (self.lost or self.twice or self.changed or self.added)

    def __str__(self) -> str:
        found = {"lost": self.lost, "twice": self.twice, "otherwise": self.changed} | {
            "too much": self.added
        }
        lines = [f"{word}: {len(all_)}: {', '.join(all_[:SHOWN])}" for word, all_ in found.items()]
        return "\n".join(lines)


def compare(expected: FinalState, found: FinalState) -> Verdict:
    """Say what was lost, is there twice, is otherwise, or should not be there."""
    lost, changed, added = [], [], []
    for kind, wanted in expected.kinds.items():
        have = found.kinds[kind]
        lost += [f"{kind} {id}" for id in wanted if id not in have]
        added += [f"{kind} {id}" for id in have if id not in wanted]
        changed += [f"{kind} {id}" for id in wanted if id in have and have[id] != wanted[id]]
    return Verdict(tuple(lost), tuple(found.twice), tuple(changed), tuple(added))


def state_of(home: Home, folder: Path) -> FinalState:
    """Export a home into a folder and read everything back, dead letters and index included."""
    state = FinalState()
    views = home.wiring.lookup.views
    export(views, folder, None, show=False)
    lines = {path.stem: path.read_bytes().splitlines() for path in folder.iterdir()}
    state.put("customer", _by_id(lines["customers"]))
    state.put("alert", _by_id(lines["alerts"]))
    state.put("ledger", _by_contact(lines["ledger"]))
    parts = [msgspec.json.decode(line, type=dict[str, Any]) for line in lines["interactions"]]
    state.put("interaction", [(one["interaction"]["id"], encode(one)) for one in parts])
    said = [tagged for one in parts for tagged in one["utterances"]]
    state.put("utterance", [(one["utterance"]["id"], encode(one)) for one in said])
    letters = views.dead_letters(MOST_LETTERS)
    state.put("dead letter", [(x.id, encode(replace(x, partition="", offset=0))) for x in letters])
    state.put("document", _documents(home.environ["THREADLINE_SEARCH"]))
    return state


def expected_state(reference: Home, folder: Path, search: str) -> FinalState:
    """Give the state of an embedded home, its utterances indexed once in an index at `search`."""
    index = ElasticSearch(search)
    index.migrate()
    log, after = reference.wiring.backend().log, Positions()
    while records := log.read((TAGGED.name,), after, CHUNK):
        index.apply([decode(record.value, Tagged) for record in records])
        after = {records[-1].partition: records[-1].offset}
    return state_of(Home(reference.path, {"THREADLINE_SEARCH": search}), folder)


def _by_id(lines: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    for line in lines:
        yield msgspec.json.decode(line, type=dict[str, Any])["id"], line


def _by_contact(lines: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    for line in lines:
        entry = msgspec.json.decode(line, type=dict[str, Any])
        yield f"{entry['tenant']}/{entry['interaction']}", line


def _documents(url: str) -> Iterator[tuple[str, bytes]]:
    """Read every document of all indices of utterances, with its version and its month."""
    client, prefix = connect(url)
    indices = f"{prefix}-utt-*"
    client.indices.refresh(index=indices)
    query: Mapping[str, Any] = {"query": {"match_all": {}}, "version": True}
    for hit in scan(client, index=indices, query=query, size=1000):
        month = hit["_index"].rpartition("-utt-")[2]
        yield hit["_id"], encode((month, hit["_version"], hit["_source"]))
