"""Turn the words of a call into turns: who said what, when."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from processors.between import with_music
from processors.bleed import without_bleed
from processors.casting import Speaker, Voice, parties_of, voices_of
from schemas.answers import Transcript
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


class _Voiced(NamedTuple):
    """A turn: the track it is on, its place among the turns there, and which voice speaks."""

    track: int
    place: int
    voice: int
    words: Turn


def utterances(recording: Recording, transcript: Transcript) -> tuple[Utterance, ...]:
    """Make the turns of a call, in the order in which they begin; text is not redacted yet.

    A turn ends with a silence of more than a second, when another party starts to speak after
    its last word, or with a sentence once it is long. Words that bled from one track into another
    are kept once. Times are seconds of the recording and UTC as in `recording.started_at`.

    Who speaks is what the recording says of the track. Where it does not say, agent and customer
    are told by their words, and the recording's parties of these roles are taken for them.
    """
    heard = without_bleed([track.words for track in transcript.tracks])
    speakers = [voices_of(track) for track in transcript.tracks]
    turns = [
        _Voiced(track, place, voice, words)
        for track in range(len(heard))
        for place, (voice, words) in enumerate(
            _turns(heard[track], speakers[track], _starts_of_others(heard, track))
        )
    ]
    turns.sort(key=lambda turn: (turn.words[0].start_s, turn.track))
    space = "" if transcript.language in UNSPACED else " "
    texts = [space.join(word.text for word in turn.words) for turn in turns]
    said: dict[Voice, list[str]] = {}
    for turn, text in zip(turns, texts, strict=True):
        said.setdefault((turn.track, turn.voice), []).append(text)
    parties = parties_of(recording, said)
    said_then = [
        _utterance(recording, transcript, turn, text, parties[turn.track, turn.voice])
        for turn, text in zip(turns, texts, strict=True)
    ]
    return with_music(said_then, transcript.tracks)


def _turns(
    words: Sequence[Word], speakers: Sequence[int], others: Sequence[float]
) -> Iterator[tuple[int, Turn]]:
    """Give the turns of a track, each with its voice; 0 where voices were not told apart."""
    voices = speakers if len(speakers) == len(words) else [0] * len(words)
    turn: list[Word] = []
    speaking = 0
    for word, voice in zip(words, voices, strict=True):
        if turn and (voice != speaking or _ends(turn, word, others)):
            yield speaking, tuple(turn)
            turn = []
        speaking = voice
        turn.append(word)
    if turn:
        yield speaking, tuple(turn)


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
    recording: Recording, transcript: Transcript, turn: _Voiced, text: str, speaker: Speaker
) -> Utterance:
    start_s = turn.words[0].start_s
    return Utterance(
        id=derive("turn", recording.id, turn.track, turn.place),
        interaction=recording.interaction,
        tenant=recording.tenant,
        channel=recording.channel,
        at=recording.started_at + timedelta(seconds=start_s),
        party=speaker.party,
        role_confidence=speaker.confidence,
        text=text,
        start_s=start_s,
        end_s=turn.words[-1].end_s,
        track=turn.track,
        speaker=speaker.number,
        words=turn.words,
        language=transcript.language,
        engine=transcript.engine,
        attributes=recording.attributes,
    )
