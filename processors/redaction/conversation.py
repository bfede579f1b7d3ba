"""Redact utterances: their text, what a mail quoted, and the words of a call."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from processors.redaction.apply import Hit, Masked, mask
from processors.redaction.call import Pieces, holes_in, muted_beyond_words, read_out
from processors.redaction.detect import Find
from processors.redaction.policy import DEFAULT_POLICY, Policy, Sensitive
from processors.redaction.read_out import Stretch
from processors.redaction.spoken_numbers import digits_said
from processors.redaction.unheard import Span
from schemas.utterance import Redaction, Utterance, Word

CONTEXT = 600
"""How many characters of the previous turns serve for cues."""


def redact_utterance(
    utterance: Utterance,
    *,
    context: str = "",
    policy: Policy = DEFAULT_POLICY,
    known: Sequence[tuple[Sensitive, range]] = (),
) -> Utterance:
    """Redact text, quoted part, subject and words; `known` names words that are to be hidden.

    A masked value of a call carries the seconds of its words, for muting. Its first word becomes
    the mask, its others become empty; all keep their times. Earlier redactions are kept.
    """
    masked = mask(utterance.text, context, policy, _finds(utterance, known))
    quoted = utterance.quoted and mask(utterance.quoted, "", policy).text
    subject = utterance.subject and mask(utterance.subject, "", policy).text
    words, times = _mask_words(utterance, masked, context, policy)
    if not masked.hits and (quoted, subject, words) == (
        utterance.quoted,
        utterance.subject,
        utterance.words,
    ):
        return utterance
    return msgspec.structs.replace(
        utterance,
        text=masked.text,
        quoted=quoted,
        subject=subject,
        words=words,
        redactions=_redactions(utterance, masked, times),
    )


def redact_conversation(
    utterances: Sequence[Utterance],
    policy: Policy = DEFAULT_POLICY,
    speech: Sequence[Span] = (),
) -> tuple[Utterance, ...]:
    """Redact the turns of one interaction in time order, each with the turns before as context.

    In a call the numbers that are read out over several turns are hidden as a whole, and speech in
    which no words were heard is muted; `speech` is where the voice detection of any track found
    somebody speaking, in seconds. Returned in time order; equal times keep the order of their ids.
    """
    turns = sorted(utterances, key=lambda each: (each.at, each.start_s or 0.0, each.id))
    holes = holes_in(turns, speech)
    found, pieces = read_out(turns, holes, policy)
    done = _redacted(turns, pieces, policy)
    # A mask is shorter than what it hides: digits on both sides of it may be one number.
    while pieces := _left(done, holes, policy, found):
        before, done = done, _redacted(done, pieces, policy)
        if [turn.text for turn in done] == [turn.text for turn in before]:
            break
    return muted_beyond_words(done, turns, found, holes, speech, policy)


def _left(
    turns: Sequence[Utterance], holes: Sequence[Span], policy: Policy, found: list[Stretch]
) -> Pieces:
    """Find numbers read out that are still to be hidden, and add them to those found."""
    more, pieces = read_out(turns, holes, policy)
    found += more
    return pieces


def _redacted(turns: Sequence[Utterance], pieces: Pieces, policy: Policy) -> list[Utterance]:
    """Redact turns in order, each in the light of those before it."""
    done: list[Utterance] = []
    context = ""
    for at, turn in enumerate(turns):
        known = pieces.get(at, ())
        done.append(redact_utterance(turn, context=context, policy=policy, known=known))
        context = f"{context}\n{done[-1].text}"[-CONTEXT:]
    return done


def _finds(utterance: Utterance, known: Sequence[tuple[Sensitive, range]]) -> list[Find]:
    """Say where words that are known to be sensitive stand in the text."""
    starts = _align(utterance.text, utterance.words) if known else None
    if starts is None:
        return []
    finds = []
    for kind, words in known:
        start = starts[words[0]]
        end = starts[words[-1]] + len(utterance.words[words[-1]].text.strip().rstrip(".,;:!?…"))
        value = "".join(digits_said(utterance.words[at].text) for at in words)
        finds.append(Find(kind, start, end, value))
    return finds


def _redactions(
    utterance: Utterance, masked: Masked, times: dict[Hit, tuple[float, float]]
) -> tuple[Redaction, ...]:
    """List the redactions of before, moved, and the new ones, in order of position."""
    redactions = [_moved(redaction, masked.hits) for redaction in utterance.redactions]
    for hit in masked.hits:
        # A value whose words are unknown mutes the whole turn.
        start_s, end_s = times.get(hit, (utterance.start_s, utterance.end_s))
        redactions.append(
            Redaction(
                type=hit.kind.value, start=hit.start, end=hit.end, start_s=start_s, end_s=end_s
            )
        )
    return tuple(sorted(redactions, key=lambda each: (each.start, each.end)))


def _moved(redaction: Redaction, hits: Sequence[Hit]) -> Redaction:
    """Move an earlier redaction by the masks that were set before it."""
    before = [hit for hit in hits if hit.origin_end <= redaction.start]
    if not before:
        return redaction
    shift = before[-1].end - before[-1].origin_end
    return msgspec.structs.replace(
        redaction, start=redaction.start + shift, end=redaction.end + shift
    )


def _mask_words(
    utterance: Utterance, masked: Masked, context: str, policy: Policy
) -> tuple[tuple[Word, ...], dict[Hit, tuple[float, float]]]:
    """Mask the words under each hit, and tell from when to when they were spoken."""
    words = utterance.words
    if not words:
        return words, {}
    starts = _align(utterance.text, words)
    if starts is None:
        # Words that do not spell the text are a text of their own; its hits are the same values.
        starts, text = _join(words)
        own = mask(text, context, policy)
        words, times = _under(words, starts, own.hits)
        return words, _by_order(masked.hits, own.hits, times)
    return _under(words, starts, masked.hits)


def _align(text: str, words: Sequence[Word]) -> list[int] | None:
    """Find where each word starts in the text; None where they do not spell it."""
    starts: list[int] = []
    at = 0
    for word in words:
        spelled = word.text.strip()
        start = text.find(spelled, at)
        if start < 0 or text[at:start].strip():
            return None
        starts.append(start)
        at = start + len(spelled)
    return None if text[at:].strip() else starts


def _join(words: Sequence[Word]) -> tuple[list[int], str]:
    """Write the words as one text, with the start of each."""
    starts: list[int] = []
    text = ""
    for word in words:
        text += " " if text else ""
        starts.append(len(text))
        text += word.text.strip()
    return starts, text


def _under(
    words: Sequence[Word], starts: list[int], hits: Sequence[Hit]
) -> tuple[tuple[Word, ...], dict[Hit, tuple[float, float]]]:
    """Mask the words that a hit covers, wholly or in part."""
    times: dict[Hit, tuple[float, float]] = {}
    pieces: list[list[tuple[Hit, bool]]] = [[] for _ in words]
    for hit in hits:
        covered = _covered(words, starts, hit)
        for index in covered:
            pieces[index].append((hit, index == covered[0]))
        if covered:
            times[hit] = words[covered[0]].start_s, words[covered[-1]].end_s
    masked = (
        msgspec.structs.replace(word, text=_spell(word.text, start, over)) if over else word
        for word, start, over in zip(words, starts, pieces, strict=True)
    )
    return tuple(masked), times


def _covered(words: Sequence[Word], starts: list[int], hit: Hit) -> range:
    """Count off the words that a hit covers, wholly or in part."""
    first = max(bisect_right(starts, hit.origin_start) - 1, 0)
    while first < len(words) and _end(words, starts, first) <= hit.origin_start:
        first += 1
    last = first
    while last < len(words) and starts[last] < hit.origin_end:
        last += 1
    return range(first, last)


def _end(words: Sequence[Word], starts: list[int], index: int) -> int:
    return starts[index] + len(words[index].text.strip())


def _spell(word: str, start: int, over: list[tuple[Hit, bool]]) -> str:
    """Write what is left of a word: signs around the value stay, the mask stands once."""
    spelled = word.strip()
    at = start
    text = word[: len(word) - len(word.lstrip())]
    for hit, first in over:
        text += spelled[at - start : max(0, hit.origin_start - start)] + (
            hit.piece if first else ""
        )
        at = min(hit.origin_end, start + len(spelled))
    return text + spelled[at - start :]


def _by_order(
    hits: Sequence[Hit], own: Sequence[Hit], times: dict[Hit, tuple[float, float]]
) -> dict[Hit, tuple[float, float]]:
    """Give the n-th hit of a kind the times of the n-th hit of that kind among the words."""
    left = {kind: [hit for hit in own if hit.kind is kind] for kind in {hit.kind for hit in own}}
    timed: dict[Hit, tuple[float, float]] = {}
    for hit in hits:
        if left.get(hit.kind):
            twin = left[hit.kind].pop(0)
            if twin in times:
                timed[hit] = times[twin]
    return timed
