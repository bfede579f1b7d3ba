"""Turn the tracks of a call into words with faster-whisper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.catalogue import CATALOGUE, complete, verify
from models.language import plain_code
from models.loops import without_loops
from models.voice import RATE, Clip, Timeline, speech_in, windows
from schemas.answers import Span, TrackTranscript, Transcript
from schemas.errors import ConfigError, Unavailable
from schemas.utterance import Word

REVISION = 2  # of what is made of equal audio by equal weights: part of the name of an answer
BATCH = 8  # 30 s windows of one track per run; more gains nothing
SURE_OF_LANGUAGE = 0.5
# A window in which the model itself sees no speech, and of whose words it is unsure, has none.
# The thresholds are Whisper's own: https://github.com/openai/whisper
NO_SPEECH = 0.6
UNSURE = -1.0  # mean log probability of a token

HOLE_S = 2.5  # of speech without a word: something was left out

Samples = NDArray[np.float32]
Edge = dict[str, float]
"""A window: its `start` and `end` in seconds of the speech alone."""


class _Heard(NamedTuple):
    """One track's words, and the language with its probability where speech was found."""

    words: tuple[Word, ...]
    speech: tuple[Span, ...]
    language: str | None
    certainty: float


NOTHING = _Heard((), (), None, 0.0)


class Transcriber:
    """A Whisper model in CTranslate2 form, greedy, with voice detection always on.

    `workers` is how many recordings can be decoded at once, each on one thread: call it from as
    many threads. Tracks are decoded apart, and only windows of one track share a batch, so an
    answer never depends on what else is being decoded. `model` is a folder of weights or, for
    `name`s that are not in the catalogue, what faster-whisper finds on the model hub.

    Raises:
        ConfigError: files are missing, differ from the catalogue, or cannot be loaded.
    """

    def __init__(
        self,
        model: Path | str,
        *,
        name: str,
        workers: int = 2,
        device: str = "cpu",
        compute_type: str = "int8",
    ) -> None:
        self.name = engine_name(name, compute_type)
        if isinstance(model, Path):
            _check(model, name)
        from faster_whisper import WhisperModel

        try:
            self._model = WhisperModel(
                str(model),
                device=device,
                compute_type=compute_type,
                cpu_threads=1,
                num_workers=workers,
                local_files_only=isinstance(model, Path),
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ConfigError(f"cannot load the speech model {model}: {error}") from error

    def transcribe(
        self,
        tracks: Sequence[Samples],
        language: str | None = None,
        vocabulary: Sequence[str] = (),
    ) -> Transcript:
        """Hear the words of each track: float samples -1..1 at 16 kHz; times in seconds.

        Without a `language`, the first track that is sure of its own decides for the call; the
        loudest is asked first. `vocabulary` are names that may be said: the model leans to them.

        Raises:
            Unavailable: the engine failed, for want of memory for instance.
        """
        language = self._supported(language)
        heard: dict[int, _Heard] = {}
        for at in sorted(range(len(tracks)), key=lambda at: (-_energy(tracks[at]), at)):
            try:
                heard[at] = self._hear(tracks[at], language, vocabulary)
            except RuntimeError as error:
                raise Unavailable(f"{self.name} failed: {error}") from error
            if language is None and heard[at].certainty >= SURE_OF_LANGUAGE:
                language = heard[at].language
        return Transcript(
            engine=self.name,
            language=language or next((h.language for h in heard.values() if h.words), None),
            duration_s=round(max((len(track) for track in tracks), default=0) / RATE, 3),
            tracks=tuple(
                TrackTranscript(words=one.words, speech_s=_length(one.speech), speech=one.speech)
                for one in (heard[at] for at in range(len(tracks)))
            ),
        )

    def _supported(self, language: str | None) -> str | None:
        """Read `en-GB` as `en`; what the model does not know is left for it to detect."""
        plain = plain_code(language)
        return plain if plain in self._model.supported_languages else None

    def _hear(self, samples: Samples, language: str | None, vocabulary: Sequence[str]) -> _Heard:
        clips = speech_in(samples)
        if not clips:
            return NOTHING
        speech = np.concatenate([samples[clip.start : clip.end] for clip in clips])
        edges = _edges(list(windows(clips)))
        segments, info = self._decode(speech, edges, language, vocabulary)
        missed = [edge for edge in edges if vocabulary and _has_hole(segments, edge)]
        if missed:
            # Led by names, the model may begin with a later sentence.
            again, _ = self._decode(speech, missed, language or info.language, ())
            segments = _fuller(segments, again, missed)
        timeline = Timeline(clips)
        words = [word for segment in segments for word in _words(segment, timeline)]
        return _Heard(
            tuple(words),
            tuple((round(clip.start / RATE, 3), round(clip.end / RATE, 3)) for clip in clips),
            info.language,
            float(info.language_probability),
        )

    def _decode(
        self,
        speech: Samples,
        edges: Sequence[Edge],
        language: str | None,
        vocabulary: Sequence[str],
    ) -> tuple[list[Any], Any]:
        from faster_whisper import BatchedInferencePipeline

        # The pipeline keeps the last word's time on itself: one per call, or threads mix it up.
        segments, info = BatchedInferencePipeline(self._model).transcribe(
            speech,
            language=language,
            beam_size=1,
            temperature=0.0,
            vad_filter=False,
            clip_timestamps=list(edges),
            word_timestamps=True,
            batch_size=BATCH,
            hotwords=", ".join(vocabulary) or None,
        )
        return list(segments), info


def engine_name(name: str, compute_type: str = "int8") -> str:
    """Name the engine that runs the weights `name`."""
    return f"faster-whisper/{name.removeprefix('whisper-')}-{compute_type}"


def _check(folder: Path, name: str) -> None:
    """Vouch for the files: by hash where we know them, else by presence (a user's own model)."""
    weights = CATALOGUE.get(name)
    if weights is not None and complete(weights, folder):
        verify(weights, folder)
        return
    missing = [
        file
        for file in ("model.bin", "config.json", "tokenizer.json")
        if not (folder / file).is_file()
    ]
    if missing:
        raise ConfigError(
            f"the speech model {name} lacks {', '.join(missing)} in {folder};"
            f" run `threadline models fetch {name}`"
        )


def _energy(samples: Samples) -> float:
    return float(np.square(samples, dtype=np.float64).sum())


def _length(spans: Sequence[Span]) -> float:
    return round(sum(end - start for start, end in spans), 3)


def _edges(groups: Sequence[Sequence[Clip]]) -> list[Edge]:
    """Give the windows, in seconds of the speech alone."""
    ends = np.cumsum([sum(clip.length for clip in group) for group in groups]).tolist()
    return [{"start": start / RATE, "end": end / RATE} for start, end in pairwise([0, *ends])]


def _within(segments: Sequence[Any], edge: Edge) -> list[Any]:
    """List what was heard in a window; `seek` is its start in hundredths, rounded down."""
    first, last = int(edge["start"] * 100), int(edge["end"] * 100)
    return [segment for segment in segments if first <= segment.seek < last]


def _has_hole(segments: Sequence[Any], edge: Edge) -> bool:
    words = [word for segment in _within(segments, edge) for word in segment.words or ()]
    ends = [edge["start"], *(word.end for word in words)]
    starts = [*(word.start for word in words), edge["end"]]
    return any(start - end > HOLE_S for end, start in zip(ends, starts, strict=True))


def _fuller(segments: Sequence[Any], again: Sequence[Any], missed: Sequence[Edge]) -> list[Any]:
    """Take the second hearing of a window where it has more words."""
    kept = list(segments)
    for edge in missed:
        first, second = _within(kept, edge), _within(again, edge)
        if _count(second) > _count(first):
            kept = [segment for segment in kept if segment not in first] + second
    return sorted(kept, key=lambda segment: segment.seek)


def _count(segments: Sequence[Any]) -> int:
    return sum(len(segment.words or ()) for segment in segments)


def _words(segment: Any, timeline: Timeline) -> list[Word]:
    """Keep what was said, without the loops that Whisper falls into."""
    if segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < UNSURE:
        return []
    return without_loops(list(_timed(segment, timeline)))


def _timed(segment: Any, timeline: Timeline) -> Iterator[Word]:
    """Place each word where it was said; a word lies in the clip that holds its middle."""
    for word in segment.words or ():
        if not word.word.strip():
            continue
        clip = timeline.clip_at((word.start + word.end) / 2)
        yield Word(
            text=word.word.strip(),
            start_s=round(float(timeline.time(word.start, clip)), 3),
            end_s=round(float(timeline.time(word.end, clip)), 3),
            confidence=round(float(word.probability), 3),
        )
