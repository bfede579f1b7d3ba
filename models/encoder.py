"""Read sentiment, emotion, complaint and search vector from one text."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.catalogue import UTTERANCE_ENCODER, verify
from schemas.answers import Encoding
from schemas.errors import ConfigError
from schemas.utterance import Sentiment

Floats = NDArray[np.float32]

ENGINE = f"{UTTERANCE_ENCODER.name}/{UTTERANCE_ENCODER.version}"
HEADS = ("sent", "comp", "emo")
LONGEST = 20_000  # characters; more than the windows can hold


class _Labels(msgspec.Struct, frozen=True):
    """The part of labels.json that is needed to run the graph."""

    outputs: dict[str, str | list[str]]
    max_length: int


class _Reading(NamedTuple):
    """What the graph says of one window: the vector, and per head its probabilities."""

    vector: Floats
    heads: tuple[Floats, ...]


class TextEncoder:
    """The utterance encoder: an int8 ONNX graph with heads and a search vector.

    One text is one run and is never padded with others: the graph quantises activations over the
    whole batch, so that companions would change the answer. A text longer than the graph's
    window is read in up to `windows` windows of equal length, and their answers are averaged,
    weighted by tokens. May be called from several threads at once.

    Raises:
        ConfigError: a file is missing, or is not the one that the catalogue knows.
    """

    def __init__(self, folder: Path, *, windows: int = 16) -> None:
        verify(UTTERANCE_ENCODER, folder)
        labels = msgspec.json.decode((folder / "labels.json").read_bytes(), type=_Labels)
        self.name = ENGINE
        self._windows = windows
        self._room = labels.max_length - 2  # the opening and closing token
        names = [labels.outputs[head] for head in HEADS]
        self._sentiments, self._complaints, self._emotions = names
        self._tokens = _Tokens(folder)
        self._session = _session(folder / "encoder.int8.onnx")

    def encode(self, text: str) -> Encoding:
        """Encode one text; an empty one is read as such and gets a weak neutral answer."""
        tokens = self._tokens.of(text[:LONGEST])
        windows = list(_windows(tokens, self._room, self._windows))
        readings = [self._read(window) for window in windows]
        return self._answer(_combined(readings, [len(window) + 2 for window in windows]))

    def _read(self, tokens: Sequence[int]) -> _Reading:
        ids = np.array([[self._tokens.opening, *tokens, self._tokens.closing]], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        vector, *heads = self._session.run(["vec", *HEADS], feeds)  # softmax is in the graph
        return _Reading(vector[0], tuple(head[0] for head in heads))

    def _answer(self, reading: _Reading) -> Encoding:
        sentiment, complaint, emotion = reading.heads
        feeling = int(emotion.argmax())
        by_name = dict(zip(self._sentiments, (_rounded(p) for p in sentiment), strict=True))
        return Encoding(
            engine=self.name,
            sentiment=Sentiment(**by_name),
            emotion=self._emotions[feeling],
            emotion_confidence=_rounded(emotion[feeling]),
            complaint=_rounded(complaint[self._complaints.index("complaint")]),
            vector=np.rint(reading.vector * 127).astype(np.int8).tobytes(),
        )


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

    def of(self, text: str) -> list[tuple[int, bool]]:
        """List the tokens of a text as id and whether a word starts there."""
        encoded = self._backend.encode(text, add_special_tokens=False)
        words = encoded.word_ids
        starts = (at == 0 or word != words[at - 1] for at, word in enumerate(words))
        return list(zip(encoded.ids, starts, strict=True))


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


def _rounded(probability: float) -> float:
    return round(float(probability), 4)
