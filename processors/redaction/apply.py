"""Mask what was found in a text, and keep track of where everything went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from processors.redaction.detect import Find, detect
from processors.redaction.policy import DEFAULT_POLICY, Action, Policy, Sensitive
from schemas.base import Contract
from schemas.utterance import Redaction


class Redacted(Contract, frozen=True, kw_only=True):
    """A text without its sensitive values, and where they stood (offsets after masking)."""

    text: str
    spans: tuple[Redaction, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A masked value: `piece` at `start` of the new text, `origin_*` in the text as it came."""

    kind: Sensitive
    piece: str
    start: int
    origin_start: int
    origin_end: int

    @property
    def end(self) -> int:
        """Tell where the piece ends in the new text."""
        return self.start + len(self.piece)


@dataclass(frozen=True, slots=True)
class Masked:
    """The new text with its hits, in order of position."""

    text: str
    hits: tuple[Hit, ...] = ()


def redact(text: str, *, context: str = "", policy: Policy = DEFAULT_POLICY) -> Redacted:
    """Take sensitive values out of a text.

    `context` is what was said before, by anybody: it serves for cues ("the three digits on the
    back?") and is not returned. Redacting the answer again with the same context changes nothing.
    """
    masked = mask(text, context, policy)
    spans = tuple(
        Redaction(type=hit.kind.value, start=hit.start, end=hit.end) for hit in masked.hits
    )
    return Redacted(text=masked.text, spans=spans)


def mask(text: str, context: str, policy: Policy, known: Sequence[Find] = ()) -> Masked:
    """Mask what is `known` (in order, apart), and then until nothing more is found.

    A value may come to light only beside another one's mask (a CVV after a card), and a mask is
    shorter than its value, which brings cues nearer: hence the repetition. It ends because no
    pass ever finds a mask.
    """
    masked = Masked(text)
    origin: list[int] | None = None
    if known:
        masked, origin = _apply(masked, list(known), list(range(len(text))), policy)
    while finds := [
        find for find in detect(masked.text, context) if policy.action(find.kind) is not Action.KEEP
    ]:
        if origin is None:
            origin = list(range(len(text)))
        masked, origin = _apply(masked, finds, origin, policy)
    return masked


def _apply(
    masked: Masked, finds: list[Find], origin: list[int], policy: Policy
) -> tuple[Masked, list[int]]:
    """Replace finds (in order, not overlapping) by their pieces and move the earlier hits."""
    text: list[str] = []
    moved: list[int] = []
    hits: list[Hit] = []
    edits: list[tuple[int, int]] = []
    at = length = 0
    for find in finds:
        piece = policy.piece(find.kind, find.value)
        length += find.start - at
        first, last = origin[find.start], origin[find.end - 1]
        hits.append(Hit(find.kind, piece, length, first, last + 1))
        text += masked.text[at : find.start], piece
        moved += origin[at : find.start]
        moved += [first] * len(piece)
        length += len(piece)
        at = find.end
        edits.append((find.end, length - find.end))
    text.append(masked.text[at:])
    moved += origin[at:]
    hits += (replace(hit, start=_moved(hit.start, edits)) for hit in masked.hits)
    hits.sort(key=lambda hit: (hit.start, hit.origin_start))
    return Masked("".join(text), tuple(hits)), moved


def _moved(position: int, edits: list[tuple[int, int]]) -> int:
    """Move a position by the last edit that ends before it."""
    shift = 0
    for end, by in edits:
        if end > position:
            break
        shift = by
    return position + shift
