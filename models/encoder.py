"""Read sentiment, emotion, complaint and search vector from one text."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from operator import ne
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.catalogue import UTTERANCE_ENCODER, verify
from models.ngrams import features_of, ngram_models
from models.wording import worded
from schemas.answers import Encoding
from schemas.errors import ConfigError
from schemas.utterance import Sentiment

Floats = NDArray[np.float32]

ENGINE = f"{UTTERANCE_ENCODER.name}/{UTTERANCE_ENCODER.version}"
HEADS = ("sent", "comp", "emo")
SENTIMENT_LANGUAGES = ("en", "es", "fr", "de", "it", "pt")
LONGEST = 20_000  # characters; more than the windows can hold
TINY = 1e-9


class _Labels(msgspec.Struct, frozen=True):
    """labels.json, which the recipe writes beside the graph.

    `fusion` holds the weight of the graph's reading, that of the n-grams, and a bias per class:
    for sentiment per language, and per further head.
    """

    outputs: dict[str, list[str]]
    max_length: int
    languages: list[str]
    fusion: dict[str, list[float]]


class _Words(NamedTuple):
    """A text as the graph is to read it: all said in words, and its windows of tokens."""

    text: str
    windows: list[list[int]]


class _Told(NamedTuple):
    """What is told of a text besides its vector; nothing of a language that was not trained on."""

    sentiment: Sentiment | None = None
    emotion: str | None = None
    emotion_confidence: float | None = None
    complaint: float | None = None


class _Reading(NamedTuple):
    """What the graph says of a window or a text: the vector, and per head its probabilities."""

    vector: Floats
    heads: tuple[Floats, ...]


class TextEncoder:
    """The utterance encoder: an int8 ONNX graph with heads and a search vector, and n-grams.

    One text is one run and is never padded with others: the graph quantises activations over the
    whole batch, so that companions would change the answer. A text longer than the graph's
    window is read in up to `windows` windows of equal length, and their answers are averaged,
    weighted by tokens. May be called from several threads at once.

    Raises:
        ConfigError: a file is missing, or is not the one that the catalogue knows.
    """

    def __init__(self, folder: Path, *, windows: int = 16) -> None:
        verify(UTTERANCE_ENCODER, folder)
        self._labels = msgspec.json.decode((folder / "labels.json").read_bytes(), type=_Labels)
        self.name = ENGINE
        self._windows = windows
        self._room = self._labels.max_length - 2  # the opening and closing token
        self._fusion = {code: np.array(by) for code, by in self._labels.fusion.items()}
        ngrams = ngram_models(folder)
        self._ngrams = dict(zip(self._labels.languages, ngrams.sentiment, strict=True))
        self._complaint_ngrams = ngrams.complaint
        self._tokens = _Tokens(folder)
        self._session = _session(folder / "encoder.int8.onnx")

    def encode(self, text: str, language: str = "en") -> Encoding:
        """Encode one text; an empty one is read as such and gets a weak neutral answer.

        Emotion and complaint are told of English only, sentiment of `SENTIMENT_LANGUAGES`. Of a
        text in any other language only the vector is given.
        """
        return self.encode_all([text], [language])[0]

    def encode_all(self, texts: Sequence[str], languages: Sequence[str]) -> list[Encoding]:
        """Do what `encode` does for each of some texts; all but the graph costs far less so."""
        words = list(map(self._split, texts))
        readings = list(map(self._read, words))
        told = [_Told()] * len(texts)
        for language in sorted(self._ngrams.keys() & set(languages)):
            those = [at for at, code in enumerate(languages) if code == language]
            found = self._tell(
                [words[at].text for at in those], [readings[at].heads for at in those], language
            )
            for at, one in zip(those, found, strict=True):
                told[at] = one
        return [
            Encoding(
                engine=self.name,
                sentiment=one.sentiment,
                emotion=one.emotion,
                emotion_confidence=one.emotion_confidence,
                complaint=one.complaint,
                vector=np.rint(reading.vector * 127).astype(np.int8).tobytes(),
            )
            for reading, one in zip(readings, told, strict=True)
        ]

    def _split(self, text: str) -> _Words:
        text = worded(text[:LONGEST])
        return _Words(text, self._tokens.windows(text, self._room, self._windows))

    def _read(self, words: _Words) -> _Reading:
        """Run the graph, which costs nearly all."""
        readings = [self._run(window) for window in words.windows]
        return _combined(readings, [len(window) + 2 for window in words.windows])

    def _run(self, tokens: Sequence[int]) -> _Reading:
        ids = np.array([[self._tokens.opening, *tokens, self._tokens.closing]], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        vector, *heads = self._session.run(["vec", *HEADS], feeds)  # softmax is in the graph
        return _Reading(vector[0], tuple(head[0] for head in heads))

    def _tell(
        self, texts: Sequence[str], readings: Sequence[tuple[Floats, ...]], language: str
    ) -> list[_Told]:
        """Make the answers of what was read of texts in one language."""
        sentiment, complaint, emotion = map(np.stack, zip(*readings, strict=True))
        found = features_of(texts)
        spelled = self._ngrams[language].logits(found)
        names = self._labels.outputs["sent"]
        moods = [
            Sentiment(**dict(zip(names, odds, strict=True)))
            for odds in _rounded(self._calibrated(language, sentiment, spelled))
        ]
        if language != "en":
            return list(map(_Told, moods))
        spelled = self._complaint_ngrams.logits(found)
        column = self._labels.outputs["comp"].index("complaint")
        complaints = _rounded(self._calibrated("comp", complaint, spelled))
        emotions = self._calibrated("emo", emotion)
        names = self._labels.outputs["emo"]
        return [
            _Told(mood, names[feeling], sure[feeling], complaint[column])
            for mood, feeling, sure, complaint in zip(
                moods, emotions.argmax(axis=1).tolist(), _rounded(emotions), complaints, strict=True
            )
        ]

    def _calibrated(self, key: str, read: Floats, spelled: Floats | float = 0.0) -> Floats:
        """Join what the graph and the n-grams say: a sum of logits, fitted on held-out texts."""
        by = self._fusion[key]
        graph, ngrams, bias = by[0], by[1], by[2:]
        logits = graph * np.log(np.maximum(read, TINY)) + ngrams * spelled + bias
        raised: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
        odds: Floats = raised / raised.sum(axis=1, keepdims=True)
        return odds


class _Tokens:
    """The tokeniser of the encoder, without truncation or padding, so that nothing is cut."""

    def __init__(self, folder: Path) -> None:
        tokenizer = _auto_tokenizer(folder)
        self.opening: int = tokenizer.cls_token_id
        self.closing: int = tokenizer.sep_token_id
        # Calling the wrapper sets truncation on shared state, which two threads may not do.
        self._backend = tokenizer.backend_tokenizer
        self._backend.no_truncation()
        self._backend.no_padding()

    def windows(self, text: str, room: int, most: int) -> list[list[int]]:
        """List the tokens of a text in windows of at most `room`, cut between words."""
        encoded = self._backend.encode(text, add_special_tokens=False)
        tokens: list[int] = encoded.ids
        if len(tokens) <= room:
            return [tokens]
        words = encoded.word_ids
        starts = map(ne, words, [None, *words[:-1]])
        return list(_windows(list(zip(tokens, starts, strict=True)), room, most))


def _auto_tokenizer(folder: Path) -> Any:
    """Load the tokeniser with transformers, from `folder` only."""
    # It advises on start-up to install torch, which we do without on purpose.
    logging.getLogger("transformers").addFilter(
        lambda record: "PyTorch was not found" not in record.getMessage()
    )
    from transformers import AutoTokenizer  # 3 s: only where a text is encoded

    try:
        return AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot load the tokeniser in {folder}: {error}") from error


def _session(graph: Path) -> Any:
    """Open the graph for one thread per run: the machine is shared by runs, not by operators."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(graph), sess_options=options, providers=["CPUExecutionProvider"]
    )


def _windows(tokens: list[tuple[int, bool]], room: int, most: int) -> Iterator[list[int]]:
    """Cut tokens into windows of at most `room`, about equally long, between words."""
    start = 0
    for _ in range(most):
        rest = len(tokens) - start
        end = start + math.ceil(rest / max(1, math.ceil(rest / room)))
        whole = end
        while whole > start and whole < len(tokens) and not tokens[whole][1]:
            whole -= 1
        end = whole if whole > start else end
        yield [token for token, _ in tokens[start:end]]
        start = end
        if start >= len(tokens):
            return


def _combined(readings: Sequence[_Reading], lengths: Sequence[int]) -> _Reading:
    """Average readings, weighted by their lengths in tokens; the vector is unit again."""
    if len(readings) == 1:
        return readings[0]
    vector = np.average([reading.vector for reading in readings], axis=0, weights=lengths)
    heads = zip(*(reading.heads for reading in readings), strict=True)
    return _Reading(
        (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32),
        tuple(np.average(head, axis=0, weights=lengths) for head in heads),
    )


def _rounded(odds: Floats) -> list[list[float]]:
    return [[round(one, 4) for one in row] for row in odds.tolist()]
