"""What an index holds, document by document and field by field, past what searches show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw
import msgspec

from infra.search.elastic_client import connect
from infra.sqlite import Database
from threadline.wiring import Wiring

BLOCK = 2_000
_WORDS = ("tenant", "channel", "role", "interaction", "language", "contact_type", "emotion")
_PLAIN = ("at", "tie", "sentiment", "start")


def index_documents(wiring: Wiring) -> Iterator[tuple[str, object]]:
    """Stream every document by id, with its fields and version, the same way of every index."""
    if wiring.backends.search == "embedded":
        yield from _embedded(Database(wiring.path).connection)
    else:
        yield from _elastic(wiring.settings.search)


def _elastic(url: str) -> Iterator[tuple[str, object]]:
    client, prefix = connect(url)
    index = f"{prefix}-utt-*"
    client.indices.refresh(index=index)
    after: list[Any] | None = None
    while True:
        answer = client.search(
            index=index,
            query={"match_all": {}},
            sort=[{"tie": "asc"}, {"at_us": "asc"}],
            size=BLOCK,
            search_after=after,
            version=True,
        )
        hits = answer["hits"]["hits"]
        for hit in hits:
            source = hit["_source"]
            yield hit["_id"], {**source, "version": hit["_version"]}
        if len(hits) < BLOCK:
            client.close()
            return
        after = hits[-1]["sort"]


def _embedded(connection: apsw.Connection) -> Iterator[tuple[str, object]]:
    """Write the rows of the embedded index as the document of Elasticsearch."""
    word = dict(connection.execute("SELECT id, value FROM search_word"))
    terms = _terms(connection)
    columns = (*_PLAIN, *_WORDS, "categories")
    rows = connection.execute(
        f"SELECT k.utterance, k.version, m.id, b.hit, m.{', m.'.join(columns)}"
        " FROM search_key k JOIN search_meta m ON m.id = k.id JOIN search_body b ON b.id = k.id"
    )
    for utterance, version, id_, hit, *values in rows:
        row = dict(zip(columns, values, strict=True))
        said = terms.get(id_, [])
        document: dict[str, Any] = {name: word.get(row[name]) for name in _WORDS}
        document |= {
            "at": row["at"] // 1000,
            "at_us": row["at"],
            "tie": row["tie"],
            "sentiment": row["sentiment"],
            "start_s": row["start"],
            "categories": msgspec.json.decode(word.get(row["categories"], "[]")),
            "terms": " ".join(said),
            "length": len(said),
            "hit": msgspec.json.decode(hit),
            "version": version,
        }
        # The other index leaves out what is missing.
        yield utterance, {n: value for n, value in document.items() if value not in (None, [])}


def _terms(connection: apsw.Connection) -> dict[int, list[str]]:
    """Read the indexed terms of every row in their order, from the full-text index itself."""
    connection.execute(
        "CREATE VIRTUAL TABLE temp.search_said USING fts5vocab(main, search_ft, instance)"
    )
    terms: dict[int, list[str]] = {}
    rows = connection.execute('SELECT doc, term FROM temp.search_said ORDER BY doc, "offset"')
    for id_, term in rows:
        terms.setdefault(id_, []).append(term)
    return terms
