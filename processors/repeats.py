"""Repeat contacts and first contact resolution, as components and never as ratios alone.

The formulas and their sources stand in `docs/reference/conversations.md`. An issue counts as
resolved at its first contact when no other contact about it follows within the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from processors.commonest import commonest
from schemas.conversation import Brief, Conversation, Joint, RepeatFacts
from schemas.ids import derive

WINDOWS = (1, 3, 7, 30)
"""Days."""
RESOLVED = frozenset({"resolved", "solved", "closed", "completed", "done"})
LONGEST_TITLE = 100
OPEN_FOR = timedelta(days=7)
FOLLOWED_UP_FOR = timedelta(days=30)


def conversation_of(
    contacts: Sequence[Brief], joints: Sequence[Joint], now: datetime
) -> Conversation:
    """Tell what contacts about one issue, given in order of their starts, come to."""
    first, last = contacts[0], max(contacts, key=lambda one: (one.ended_at, one.id))
    return Conversation(
        id=derive("conversation", first.id),
        interactions=tuple(one.id for one in contacts),
        started_at=first.started_at,
        ended_at=last.ended_at,
        channels=tuple(dict.fromkeys(one.channel for one in contacts)),
        contact_type=commonest([one.contact_type for one in contacts]),
        title=_title(contacts),
        confidence=min((joint.confidence for joint in joints), default=1.0),
        joints=tuple(joints),
        is_open=_is_open(last, now),
        switches=sum(a.channel != b.channel for a, b in pairwise(contacts)),
        seconds=sum((one.ended_at - one.started_at).total_seconds() for one in contacts),
        repeats={str(days): _repeats(contacts, days) for days in WINDOWS},
        resolved_first={str(days): _resolved_first(contacts, days, now) for days in WINDOWS},
    )


def repeat_facts(conversations: Sequence[Conversation]) -> list[RepeatFacts]:
    """Add up the conversations of a customer, for each window."""
    return [
        RepeatFacts(
            days=days,
            contacts=sum(len(one.interactions) for one in conversations),
            issues=len(conversations),
            repeats=sum(one.repeats[str(days)] for one in conversations),
            resolved_first=sum(one.resolved_first[str(days)] is True for one in conversations),
            pending=sum(one.resolved_first[str(days)] is None for one in conversations),
        )
        for days in WINDOWS
    ]


def _repeats(contacts: Sequence[Brief], days: int) -> int:
    """Count the contacts that began within `days` after the latest end before them."""
    count, until = 0, contacts[0].ended_at
    for one in contacts[1:]:
        count += one.started_at - until <= timedelta(days=days)
        until = max(until, one.ended_at)
    return count


def _resolved_first(contacts: Sequence[Brief], days: int, now: datetime) -> bool | None:
    over = contacts[0].ended_at + timedelta(days=days)
    if len(contacts) > 1 and contacts[1].started_at <= over:
        return False
    return True if now > over else None


def _is_open(last: Brief, now: datetime) -> bool:
    """Take an issue for open until somebody says it is resolved, or it has been quiet for long."""
    outcome = last.ended.outcome if last.ended is not None else None
    if outcome is not None and outcome.lower() in RESOLVED:
        return False
    return now <= last.ended_at + (OPEN_FOR if outcome is None else FOLLOWED_UP_FOR)


def _title(contacts: Sequence[Brief]) -> str:
    subjects = [one.subject for one in contacts if one.subject]
    words = [one.preview for one in contacts if one.preview]
    notes = [note.text for one in contacts for note in one.annotations if note.text]
    return next(iter([*subjects, *words, *notes]), "")[:LONGEST_TITLE]
