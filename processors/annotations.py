"""What staff noted, pinned and said: the remarks that stand, whatever order they came in."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.events import RemarkKind
from schemas.interaction import Annotation, Fact, Interaction

_KEPT = frozenset({RemarkKind.NOTE, RemarkKind.PIN, RemarkKind.SAME_ISSUE, RemarkKind.OTHER_ISSUE})


def annotations_of(facts: Iterable[Fact]) -> tuple[Annotation, ...]:
    """List what people noted and remarked, oldest first, without what was withdrawn."""
    return tuple(_annotation(fact) for fact in _standing(facts) if fact.said_by is not None)


def notes_of(facts: Iterable[Fact]) -> tuple[str, ...]:
    """List the texts of all notes, those of machines too, oldest first."""
    return tuple(fact.note for fact in _standing(facts) if fact.note)


def is_pinned(interaction: Interaction) -> bool:
    """Tell whether somebody pinned an interaction."""
    return any(one.does is RemarkKind.PIN for one in interaction.annotations)


def _standing(facts: Iterable[Fact]) -> list[Fact]:
    told = sorted(facts, key=lambda fact: (fact.at, fact.id))
    withdrawn = {
        fact.remark.other
        for fact in told
        if fact.remark is not None and fact.remark.does is RemarkKind.WITHDRAWN
    }
    return [fact for fact in told if _stands(fact) and fact.id not in withdrawn]


def _stands(fact: Fact) -> bool:
    return bool(fact.note) if fact.remark is None else fact.remark.does in _KEPT


def _annotation(fact: Fact) -> Annotation:
    return Annotation(
        id=fact.id,
        at=fact.at,
        does=fact.remark.does if fact.remark is not None else RemarkKind.NOTE,
        by=fact.said_by,
        text=fact.note,
        other=fact.remark.other if fact.remark is not None else None,
    )
