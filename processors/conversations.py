"""Stitch a customer's contacts into conversations: one per issue, over all channels.

A pure function of the contacts, of what staff said about them, and of the time. Nothing of it is
stored, so that a merge, a split or a word of an agent shows at the next read and is undone alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from processors.likeness import Likeness, Rules, likely
from processors.repeats import conversation_of
from schemas.conversation import Brief, Conversation, Joint, Meaning
from schemas.events import RemarkKind

MOST_CANDIDATES = 5
"""An issue that staff keep apart from the likeliest earlier contact may belong to the next."""

Pair = tuple[int, int]


class _Word(NamedTuple):
    """What somebody said of two contacts, the latest word on them."""

    at: datetime
    id: str
    is_same: bool
    by: str | None


def stitch(
    contacts: Iterable[Brief],
    meanings: Iterable[Meaning],
    now: datetime,
    rules: Rules | None = None,
) -> list[Conversation]:
    """Give the conversations of one customer, the one with the newest contact first.

    Joints are tried in order: what staff said, then the likeliest. None joins what staff keep
    apart. Words on a contact of somebody else are left alone, so they count again after a merge.
    """
    known = sorted({one.id: one for one in contacts}.values(), key=lambda c: (c.started_at, c.id))
    words = _words(known)
    groups = _Groups(len(known), {pair for pair, word in words.items() if not word.is_same})
    tried = _tried(known, meanings, words, rules or Rules())
    joined = [(one, by) for one, by in tried if groups.join(one.earlier, one.later)]
    by_group: dict[int, list[Joint]] = {}
    for one, by in sorted(joined, key=lambda pair: (pair[0].later, pair[0].earlier)):
        by_group.setdefault(groups.of(one.later), []).append(_joint(known, one, by))
    made = [
        conversation_of([known[place] for place in places], by_group.get(group, ()), now)
        for group, places in groups.members()
    ]
    return sorted(made, key=lambda one: (one.ended_at, one.id), reverse=True)


def _tried(
    contacts: Sequence[Brief], meanings: Iterable[Meaning], words: dict[Pair, _Word], rules: Rules
) -> Iterator[tuple[Likeness, str | None]]:
    """List what may be joined in the order in which it is tried, and who said it."""
    said = sorted((word.at, word.id, pair) for pair, word in words.items() if word.is_same)
    for _, _, pair in said:
        yield Likeness(*pair, confidence=1.0, meaning=None), words[pair].by
    found = likely(contacts, meanings, rules, MOST_CANDIDATES)
    for one in sorted(found, key=lambda one: (-one.confidence, one.later, -one.earlier)):
        yield one, None


def _joint(contacts: Sequence[Brief], one: Likeness, by: str | None) -> Joint:
    before, after = contacts[one.earlier], contacts[one.later]
    return Joint(
        interaction=after.id,
        to=before.id,
        confidence=one.confidence,
        same_type=bool(before.contact_type) and before.contact_type == after.contact_type,
        gap_s=max(0.0, (after.started_at - before.ended_at).total_seconds()),
        meaning=one.meaning,
        by=by,
    )


def _words(contacts: Sequence[Brief]) -> dict[Pair, _Word]:
    """Collect the latest word on each pair; at one moment the one with the larger id counts."""
    places = {one.id: n for n, one in enumerate(contacts)}
    latest: dict[Pair, _Word] = {}
    for place, contact in enumerate(contacts):
        for note in contact.annotations:
            other = places.get(note.other) if note.other is not None else None
            if other is None or other == place:
                continue
            pair = (min(place, other), max(place, other))
            word = _Word(note.at, note.id, note.does is RemarkKind.SAME_ISSUE, note.by)
            if pair not in latest or (word.at, word.id) > (latest[pair].at, latest[pair].id):
                latest[pair] = word
    return latest


class _Groups:
    """Contacts by issue; joined as long as nobody said that two of them are apart."""

    def __init__(self, count: int, apart: set[Pair]) -> None:
        self._group = list(range(count))
        self._members = {n: [n] for n in range(count)}
        self._apart: dict[int, set[int]] = {}
        for a, b in apart:
            self._apart.setdefault(a, set()).add(b)
            self._apart.setdefault(b, set()).add(a)

    def join(self, a: int, b: int) -> bool:
        """Make two groups one; tell whether that changed anything."""
        mine, theirs = self._group[a], self._group[b]
        if mine == theirs or self._are_apart(mine, theirs):
            return False
        for member in self._members[theirs]:
            self._group[member] = mine
        self._members[mine] += self._members.pop(theirs)
        return True

    def _are_apart(self, mine: int, theirs: int) -> bool:
        if not self._apart:
            return False
        others = set(self._members[theirs])
        return any(others & self._apart.get(member, set()) for member in self._members[mine])

    def of(self, place: int) -> int:
        """Name the group of a contact."""
        return self._group[place]

    def members(self) -> Iterator[tuple[int, list[int]]]:
        """Give each group with its contacts in order."""
        for group, members in self._members.items():
            yield group, sorted(members)
