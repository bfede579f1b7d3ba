"""Turn the words of a call into turns: who said what, when."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import timedelta

from processors.bleed import without_bleed
from schemas.answers import Transcript
from schemas.events import Party
from schemas.ids import derive
from schemas.interaction import Recording
from schemas.utterance import Utterance, Word

GAP_S = 1.0  # a longer silence ends the turn
BREATH_S = 0.2  # another party who starts in a shorter gap talks over this turn
LONG_S = 15.0  # a turn this long ends with its sentence ...
LONGEST_S = 45.0  # ... and one this long ends anyway
ENDS = (".", "?", "!", "。", "？", "！", "…")
UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "my", "km"})

Turn = tuple[Word, ...]


def utterances(recording: Recording, transcript: Transcript) -> tuple[Utterance, ...]:
    """Make the turns of a call, in the order in which they begin; text is not redacted yet.

    A turn ends with a silence of more than a second, when another party starts to speak after
    its last word, or with a sentence once it is long. Words that bled from one track into another
    are kept once. A track without a party gets one of unknown role. Times are seconds of the
    recording and UTC as in `recording.started_at`.
    """
    heard = without_bleed([track.words for track in transcript.tracks])
    turns = [
        (track, index, turn)
        for track, words in enumerate(heard)
        for index, turn in enumerate(_turns(words, _starts_of_others(heard, track)))
    ]
    turns.sort(key=lambda item: (item[2][0].start_s, item[0]))
    return tuple(
        _utterance(recording, transcript, track, index, turn) for track, index, turn in turns
    )


def _turns(words: Sequence[Word], others: Sequence[float]) -> Iterator[Turn]:
    turn: list[Word] = []
    for word in words:
        if turn and _ends(turn, word, others):
            yield tuple(turn)
            turn = []
        turn.append(word)
    if turn:
        yield tuple(turn)


def _ends(turn: Sequence[Word], following: Word, others: Sequence[float]) -> bool:
    """Tell whether the turn is over before `following`; `others` are start times, sorted."""
    last = turn[-1]
    gap = following.start_s - last.end_s
    if gap > GAP_S:
        return True
    if gap > BREATH_S and _any_between(others, last.end_s, following.start_s):
        return True
    length = last.end_s - turn[0].start_s
    return length > LONGEST_S or (length > LONG_S and last.text.endswith(ENDS))


def _any_between(starts: Sequence[float], low: float, high: float) -> bool:
    at = bisect_left(starts, low)
    return at < len(starts) and starts[at] < high


def _starts_of_others(heard: Sequence[Sequence[Word]], track: int) -> list[float]:
    return sorted(
        word.start_s for other, words in enumerate(heard) if other != track for word in words
    )


def _utterance(
    recording: Recording, transcript: Transcript, track: int, index: int, turn: Turn
) -> Utterance:
    space = "" if transcript.language in UNSPACED else " "
    return Utterance(
        id=derive("turn", recording.id, track, index),
        interaction=recording.interaction,
        tenant=recording.tenant,
        channel=recording.channel,
        at=recording.started_at + timedelta(seconds=turn[0].start_s),
        party=_party(recording, track),
        text=space.join(word.text for word in turn),
        start_s=turn[0].start_s,
        end_s=turn[-1].end_s,
        track=track,
        words=turn,
        language=transcript.language,
        engine=transcript.engine,
        attributes=recording.attributes,
    )


def _party(recording: Recording, track: int) -> Party:
    """Find who speaks on a track; nobody is known where the recording does not say."""
    index = recording.media.tracks[track].party
    if index is None or not 0 <= index < len(recording.parties):
        return Party()
    return recording.parties[index]
