"""Turn the tracks of a call into words with faster-whisper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.catalogue import CATALOGUE, complete, verify
from models.language import plain_code
from models.loops import without_loops
from schemas.answers import Span, TrackTranscript, Transcript
from schemas.errors import ConfigError, Unavailable
from schemas.utterance import Word

RATE = 16_000
BATCH = 8  # 30 s windows of one track per run; more gains nothing
SURE_OF_LANGUAGE = 0.5
SLACK_S = 0.3  # word times are this uncertain at the edge of speech

Samples = NDArray[np.float32]


class _Heard(NamedTuple):
    """One track's words, and the language with its probability where speech was found."""

    words: tuple[Word, ...]
    speech: tuple[Span, ...]
    language: str | None
    certainty: float


class Transcriber:
    """A Whisper model in CTranslate2 form, greedy, with voice detection always on.

    `workers` is how many recordings can be decoded at once, each on one thread: call it from as
    many threads. Tracks are decoded apart, and only windows of one track share a batch, so an
    answer never depends on what else is being decoded.

    Raises:
        ConfigError: files are missing, differ from the catalogue, or cannot be loaded.
    """

    def __init__(
        self, folder: Path, *, name: str, workers: int = 2, compute_type: str = "int8"
    ) -> None:
        self.name = engine_name(name, compute_type)
        _check(folder, name)
        from faster_whisper import WhisperModel

        try:
            self._model = WhisperModel(
                str(folder),
                device="cpu",
                compute_type=compute_type,
                cpu_threads=1,
                num_workers=workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError) as error:
            raise ConfigError(f"cannot load the speech model in {folder}: {error}") from error

    def transcribe(self, tracks: Sequence[Samples], language: str | None = None) -> Transcript:
        """Hear the words of each track: float samples -1..1 at 16 kHz; times in seconds.

        Without a `language`, the first track that is sure of its own decides for the call; the
        loudest is asked first.

        Raises:
            Unavailable: the engine failed, for want of memory for instance.
        """
        language = self._supported(language)
        heard: dict[int, _Heard] = {}
        for at in sorted(range(len(tracks)), key=lambda at: (-_energy(tracks[at]), at)):
            try:
                heard[at] = self._hear(tracks[at], language)
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

    def _hear(self, samples: Samples, language: str | None) -> _Heard:
        from faster_whisper import BatchedInferencePipeline

        if not len(samples) or not samples.any():
            return _Heard((), (), None, 0.0)
        # The pipeline keeps the last word's time on itself: one per call, or threads mix it up.
        segments, info = BatchedInferencePipeline(self._model).transcribe(
            samples,
            language=language,
            beam_size=1,
            temperature=0.0,
            vad_filter=True,
            word_timestamps=True,
            batch_size=BATCH,
        )
        if not info.duration_after_vad:
            return _Heard((), (), None, 0.0)
        spans = _spans(info.transcription_options.clip_timestamps)
        words = [word for segment in segments for word in _words(segment, spans)]
        return _Heard(
            tuple(words),
            spans,
            info.language,
            float(info.language_probability),
        )


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


def _spans(clips: Iterable[dict[str, Any]]) -> tuple[Span, ...]:
    return tuple((round(clip["start"] / RATE, 3), round(clip["end"] / RATE, 3)) for clip in clips)


def _length(spans: Iterable[Span]) -> float:
    return round(sum(end - start for start, end in spans), 3)


def _words(segment: Any, spans: Sequence[Span]) -> list[Word]:
    """Keep what was said where somebody spoke, without the loops that Whisper falls into."""
    words = [
        Word(
            text=word.word.strip(),
            start_s=round(float(word.start), 3),
            end_s=round(float(word.end), 3),
            confidence=round(float(word.probability), 3),
        )
        for word in segment.words or ()
        if word.word.strip()
    ]
    return without_loops([word for word in words if _spoken(word, spans)])


def _spoken(word: Word, spans: Sequence[Span]) -> bool:
    middle = (word.start_s + word.end_s) / 2
    return any(start - SLACK_S <= middle <= end + SLACK_S for start, end in spans)
