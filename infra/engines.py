"""The pool of engines: threads that answer what slow stages ask, loading on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from infra.audio import decode
from infra.rounds import Rounds
from models.catalogue import (
    CHURN_INTENT,
    CONTACT_TYPES,
    PACKAGED,
    SPEAKER_ENCODER,
    UTTERANCE_ENCODER,
    verify,
)
from models.churn import ENGINE as CHURN_ENGINE
from models.churn import ChurnReader
from models.contact_types.model import FILE_NAME
from models.contact_types.typer import ContactTyper
from models.diariser import Diariser, diarised
from models.encoder import ENGINE as ENCODER_ENGINE
from models.encoder import SENTIMENT_LANGUAGES, TextEncoder
from models.language import DEFAULT_LANGUAGES, LanguageIdentifier
from models.language import engine_name as identifier_name
from models.pipeline import OwnClassifier, OwnModel, TextTask, check
from models.pleasantries import ENGINE as PLEASANTRIES
from models.pleasantries import without_pleasantries
from models.sound import with_music
from models.speaker_encoder import ENGINE as SPEAKER_ENGINE
from models.speaker_encoder import SpeakerEncoder
from models.speech import SpeechModel, speech_model
from models.transcriber import REVISION as SPEECH_REVISION
from models.transcriber import Transcriber
from models.transcriber import engine_name as speech_engine_name
from schemas.answers import (
    Answer,
    Ask,
    ContactAnswer,
    EncodeAsk,
    Encoding,
    TextAnswer,
    TranscribeAsk,
    Transcript,
)
from schemas.base import encode
from schemas.ids import content_hash

E = TypeVar("E")
Languages = Sequence[str | None]

ANALYSED = SENTIMENT_LANGUAGES  # what the text encoder was trained on


class _Lazy(Generic[E]):
    """An engine that is loaded once, by the first thread that needs it."""

    def __init__(self, load: Callable[[], E]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._engine: E | None = None

    def get(self) -> E:
        with self._lock:
            if self._engine is None:
                self._engine = self._load()
            return self._engine


class Engines:
    """Answers `Ask`s: recordings on `cores` threads, texts on `text_threads` of their own.

    `open_blob` finds the file of a blob. `models` is the folder of fetched weights. `speech`
    names the speech model, `device` and `compute_type` where and how it runs
    (`models/speech.py`). Texts in a language outside `analysed` get no encoding, and only
    languages in which `contact_types` (a file; what ships with Threadline where there is none)
    were taught get a contact type. `own` are a company's own models per task. Equal asks have
    equal answers, whatever else is being asked.

    Raises:
        ConfigError: the contact types cannot be read.
    """

    def __init__(
        self,
        open_blob: Callable[[str], Path],
        *,
        models: Path,
        speech: str = "whisper-base",
        device: str = "auto",
        compute_type: str = "",
        encoder: Path = PACKAGED / UTTERANCE_ENCODER.name,
        contact_types: Path | None = None,
        languages: Sequence[str] = DEFAULT_LANGUAGES,
        analysed: Sequence[str] = ANALYSED,
        own: Mapping[TextTask, OwnModel] | None = None,
        cores: int = 2,
        text_threads: int = 1,
    ) -> None:
        self._open_blob = open_blob
        self._analysed = tuple(analysed)
        self._languages = tuple(languages)
        self._speech_model = _Lazy(lambda: speech_model(speech, models, device, compute_type))
        self._speech = _Lazy(lambda: _transcriber(self._speech_model.get(), cores))
        self._diariser = _Lazy(lambda: Diariser(SpeakerEncoder(PACKAGED / SPEAKER_ENCODER.name)))
        self._encoder = _Lazy(lambda: TextEncoder(encoder))
        # Read now: what is trained later must not be answered under the older name.
        self._typer = _typer(contact_types)
        self._churn = _Lazy(lambda: ChurnReader(PACKAGED / CHURN_INTENT.name))
        self._identifier = _Lazy(lambda: LanguageIdentifier(languages))
        self._own = [_Own(task, model) for task, model in sorted((own or {}).items())]
        self._counting = threading.Lock()
        self._heard_s = 0.0
        self._speakers = ThreadPoolExecutor(cores, thread_name_prefix="speech")
        self._readers: Rounds[EncodeAsk, Answer] = Rounds(
            self._read, threads=text_threads, name="text"
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Name the engines: speech with voices, text encoder, language and further text models."""
        speech = self._speech_model.get()
        return (
            f"{speech_engine_name(speech.name, speech.compute_type)}+{SPEAKER_ENGINE}",
            ENCODER_ENGINE,
            identifier_name(self._languages),
            self._typer.name,
            CHURN_ENGINE,
            *(one.name for one in self._own),
        )

    @property
    def heard_s(self) -> float:
        """Tell how many seconds of recordings were transcribed since the start."""
        with self._counting:
            return self._heard_s

    def submit(self, ask: Ask) -> Future[Answer]:
        """Start to answer; errors come out of the future.

        Raises (from the future):
            InvalidEvent: the recording is missing, empty, broken or lacks the channel.
            ConfigError: weights are missing or wrong.
            Unavailable: a file cannot be read now.
        """
        if isinstance(ask, TranscribeAsk):
            return self._speakers.submit(self._transcribe, ask)
        return self._readers.submit(ask)

    def cache_key(self, ask: Ask) -> str:
        """Name the answer: what is asked, and which engines at which version would answer."""
        speech, *text = self.names
        hearing = isinstance(ask, TranscribeAsk)
        read = [*text, *self._analysed, PLEASANTRIES]
        engines = [f"{speech}/{SPEECH_REVISION}"] if hearing else read
        return content_hash("\n".join(engines).encode() + b"\0" + encode(ask))

    def close(self) -> None:
        """Drop what has not begun, and wait for what has."""
        self._speakers.shutdown(wait=True, cancel_futures=True)
        self._readers.close()

    def _transcribe(self, ask: TranscribeAsk) -> Transcript:
        tracks = [decode(self._open_blob(track.blob), track.channel) for track in ask.tracks]
        one = _carries_all(ask, tracks)
        heard = tracks[:1] if one else tracks
        transcript = self._speech.get().transcribe(heard, ask.language, ask.vocabulary)
        if one:
            transcript = diarised(self._diariser.get(), transcript, tracks)
        with self._counting:
            self._heard_s += transcript.duration_s
        return with_music(transcript, tracks)

    def _read(self, asks: Sequence[EncodeAsk]) -> list[TextAnswer]:
        texts = [ask.text for ask in asks]
        languages = self._identifier.get().identify_all(texts, [ask.language_hint for ask in asks])
        told = [without_pleasantries(text) for text in texts]
        encodings = self._encoded(told, languages)
        contacts = self._typed(told, languages, encodings)
        churn = self._churn.get()
        return [
            TextAnswer(
                language=language,
                encoding=encoding,
                contact=contact,
                churn=churn.read(ask.text, language, ask.own, ask.competitors),
                verdicts=tuple(
                    own.classifier.get().classify(ask.text)
                    for own in self._own
                    if own.reads(language)
                ),
            )
            for ask, language, encoding, contact in zip(
                asks, languages, encodings, contacts, strict=True
            )
        ]

    def _encoded(self, texts: Sequence[str], languages: Languages) -> list[Encoding | None]:
        which = [at for at, code in enumerate(languages) if code is None or code in self._analysed]
        if not which:
            return [None] * len(texts)
        found = self._encoder.get().encode_all(
            [texts[at] for at in which], [languages[at] or "en" for at in which]
        )
        return _placed(found, which, len(texts))

    def _typed(
        self, texts: Sequence[str], languages: Languages, encodings: Sequence[Encoding | None]
    ) -> list[ContactAnswer | None]:
        vectors = {at: one.vector for at, one in enumerate(encodings) if one is not None}
        found = self._typer.tell_all(
            [texts[at] for at in vectors],
            list(vectors.values()),
            [languages[at] for at in vectors],
        )
        return _placed(found, vectors, len(texts))


class _Own:
    """A company's own model: named and checked at once, loaded when a text needs it."""

    def __init__(self, task: TextTask, model: OwnModel) -> None:
        check(task, model)
        self.name = f"{task}:{model.engine()}:{'+'.join(model.languages)}"
        self.classifier = _Lazy(lambda: OwnClassifier(task, model))
        self._languages = model.languages

    def reads(self, language: str | None) -> bool:
        return language is None or language in self._languages


def _placed(found: Iterable[E], which: Iterable[int], count: int) -> list[E | None]:
    placed: list[E | None] = [None] * count
    for at, one in zip(which, found, strict=True):
        placed[at] = one
    return placed


def _carries_all(ask: TranscribeAsk, tracks: Sequence[NDArray[np.float32]]) -> bool:
    """Tell whether the first track carries every speaker: mono, or the same on both channels."""
    if len(tracks) == 1:
        return ask.tracks[0].party is None
    first, *others = tracks
    return all(
        len(other) == len(first) and np.allclose(other, first, atol=1e-3) for other in others
    )


def _typer(taught: Path | None) -> ContactTyper:
    if taught is not None:
        return ContactTyper.load(taught)
    verify(CONTACT_TYPES, PACKAGED / CONTACT_TYPES.name)
    return ContactTyper.load(PACKAGED / CONTACT_TYPES.name / FILE_NAME)


def _transcriber(model: SpeechModel, workers: int) -> Transcriber:
    return Transcriber(
        model.source,
        name=model.name,
        workers=workers,
        device=model.device,
        compute_type=model.compute_type,
    )
