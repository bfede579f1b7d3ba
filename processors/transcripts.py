"""Tell the versions of a recording's transcript apart: the newest is what people read."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from schemas.base import Contract, encode
from schemas.events import Party
from schemas.ids import content_hash
from schemas.interaction import Recording
from schemas.utterance import Utterance


class Transcribed(Contract, frozen=True, kw_only=True):
    """What has been told of a recording.

    `engine` told last, and `version` is its newest telling; `tellings` has the version of each
    of its tellings, by their fingerprint. `turns` are the ids of all turns that were ever told.
    """

    engine: str
    version: int = 1
    tellings: dict[str, int] = {}
    turns: tuple[str, ...] = ()


def told(
    before: Transcribed | None, recording: Recording, engine: str, turns: Sequence[Utterance]
) -> tuple[Transcribed, tuple[Utterance, ...]]:
    """Give a transcript its version, and withdraw the turns of earlier ones that it lacks.

    Another engine than last time makes a new version, and so does another text by the same one
    (the recording was corrected, or the rules of redaction). What an engine tells again, it tells
    with the version that it had: repeats change nothing, in whatever order they come.
    """
    fingerprint = content_hash(b"\n".join(encode(turn) for turn in turns))
    before = before or Transcribed(engine=engine, version=0)
    tellings = before.tellings if engine == before.engine else {}
    version = tellings.get(fingerprint, before.version + 1)
    ids = [turn.id for turn in turns]
    known = tuple(dict.fromkeys((*before.turns, *ids)))
    gone = sorted(set(known) - set(ids))
    after = Transcribed(
        engine=engine,
        version=max(version, before.version),
        tellings={**tellings, fingerprint: version},
        turns=known,
    )
    said = tuple(replace(turn, version=version) for turn in turns)
    return after, (*said, *(_withdrawn(id, recording, engine, version) for id in gone))


def _withdrawn(id: str, recording: Recording, engine: str, version: int) -> Utterance:
    return Utterance(
        id=id,
        interaction=recording.interaction,
        tenant=recording.tenant,
        channel=recording.channel,
        at=recording.started_at,
        party=Party(),
        text="",
        version=version,
        engine=engine,
        withdrawn=True,
    )
