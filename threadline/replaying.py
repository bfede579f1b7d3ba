"""Derive anew: forget what stages have made of the log, so that they make it again."""

from __future__ import annotations

from schemas.topics import DEAD_LETTERS, SEARCH, TOPICS
from threadline.wiring import Wiring


def reset_from(wiring: Wiring, stage: str) -> list[str]:
    """Forget what a stage and those after it have derived; give their names.

    Raises:
        ConfigError: there is no such stage, or workers take part in one of them.
    """
    stages = wiring.topology.from_stage(stage)
    names = [one.name for one in stages]
    groups = wiring.groups()
    if groups is not None:
        groups.require_empty(names)
    written = {topic for one in stages for topic in one.writes}
    log, store, search = wiring.backend()
    letters = wiring.lookup.views.dead_letters(1_000_000)
    again = [letter.id for letter in letters if letter.stage in names]
    with store.transaction():
        # What these stages refused before they will refuse again, or not.
        log.discard(DEAD_LETTERS.name, again)
        for letter in again:
            store.settle(letter)
        store.reset(names, [TOPICS[topic] for topic in sorted(written)])
        kept = {
            topic for one in wiring.topology.stages if one not in stages for topic in one.writes
        }
        for topic in sorted(written - kept):
            if TOPICS[topic].logged:
                log.truncate(topic)
        if SEARCH.name in written:
            search.clear()
    if groups is not None:
        for name in names:
            groups.move(name, {})
    return names


def rewind_to(wiring: Wiring, stage: str, at: int) -> None:
    """Let a stage take again what was written to its topics at or after a time, ms since 1970 UTC.

    Nothing is forgotten: what it writes has the same ids as before, and collapses.

    Raises:
        ConfigError: there is no such stage, or workers take part in it.
    """
    reads = wiring.topology.stage(stage).reads
    groups = wiring.groups()
    if groups is not None:
        groups.require_empty([stage])
    log, store, _ = wiring.backend()
    with store.transaction():
        store.rewind(stage, log.positions_at(reads, at))
    if groups is not None:
        groups.move(stage, store.positions(stage))
