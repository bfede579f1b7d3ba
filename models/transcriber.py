"""Turn the tracks of a call into words with faster-whisper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from models.catalogue import CATALOGUE, complete, verify
from models.hearings import Edge, Window, filled, halves, holes_in, laid_out, whole, with_holes
from models.language import plain_code
from models.loops import without_loops, without_recital
from models.voice import RATE, Timeline, speech_in, windows
from schemas.answers import Span, TrackTranscript, Transcript
from schemas.errors import ConfigError, Unavailable
from schemas.utterance import Word

REVISION = 4  # of what is made of equal audio by equal weights: part of the name of an answer
BATCH = 8  # 30 s windows of one track per run; more gains nothing
SURE_OF_LANGUAGE = 0.5
# A window in which the model itself sees no speech, and of whose words it is unsure, has none.
# The thresholds are Whisper's own: https://github.com/openai/whisper
NO_SPEECH = 0.6
UNSURE = -1.0  # mean log probability of a token

Samples = NDArray[np.float32]


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
        heard, info = self._fully(speech, laid_out(list(windows(clips))), language, vocabulary)
        timeline = Timeline(clips)
        return _Heard(
            tuple(_placed(word, timeline) for word in heard),
            tuple((round(clip.start / RATE, 3), round(clip.end / RATE, 3)) for clip in clips),
            info.language,
            float(info.language_probability),
        )

    def _fully(
        self,
        speech: Samples,
        cut: Sequence[Window],
        language: str | None,
        vocabulary: Sequence[str],
    ) -> tuple[list[Word], Any]:
        """Hear windows, and those again, without names and then in halves, that have holes."""
        words, info = self._decode(speech, whole(cut), language, vocabulary)
        words = without_recital(words, vocabulary)
        for parts in (whole, halves) if vocabulary else (halves,):
            holes = holes_in(words, len(speech) / RATE)
            edges = list(parts(with_holes(cut, holes)))
            if edges:
                again, _ = self._decode(speech, edges, language or info.language, ())
                words = filled(words, holes, again)
        return words, info

    def _decode(
        self,
        speech: Samples,
        edges: Iterable[Edge],
        language: str | None,
        vocabulary: Sequence[str],
    ) -> tuple[list[Word], Any]:
        """Give the words, with times in seconds of the speech, and what the model says of it."""
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
        in_order = sorted(segments, key=lambda segment: segment.seek)
        return [word for segment in in_order for word in _words(segment)], info


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


def _words(segment: Any) -> list[Word]:
    """Keep what was said, without the loops that Whisper falls into."""
    if segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < UNSURE:
        return []
    return without_loops(
        [
            Word(
                text=word.word.strip(),
                start_s=float(word.start),
                end_s=float(word.end),
                confidence=round(float(word.probability), 3),
            )
            for word in segment.words or ()
            if word.word.strip()
        ]
    )


def _placed(word: Word, timeline: Timeline) -> Word:
    """Place a word where it was said; it lies in the clip that holds its middle."""
    clip = timeline.clip_at((word.start_s + word.end_s) / 2)
    return replace(
        word,
        start_s=round(timeline.time(word.start_s, clip), 3),
        end_s=round(timeline.time(word.end_s, clip), 3),
    )
