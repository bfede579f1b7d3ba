"""A company's own classifier: any text-classification model of Hugging Face transformers."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Mapping
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import Any, Literal

from schemas.answers import Verdict
from schemas.base import Contract
from schemas.errors import ConfigError, Unavailable

TextTask = Literal["sentiment", "emotion", "complaint", "contact_type"]
FIXED: dict[str, frozenset[str]] = {
    "sentiment": frozenset({"negative", "neutral", "positive"}),
    "complaint": frozenset({"complaint", "none"}),
}
"""Our labels where they are fixed; an emotion or contact type may have any name."""
EXTRA = "it needs torch: install threadline with the extra `torch`"
UNBOUNDED = 1_000_000  # tokenisers that know no limit state a larger one
USUAL_LENGTH = 512  # tokens


class OwnModel(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that answers instead of ours: `[models.sentiment]` in `threadline.toml`.

    `model` is a folder, or an id of the hub with a `revision`. `labels` map its labels to ours;
    several may share one, and a label that has our name needs no entry. `languages` are those
    whose texts it reads.
    """

    model: str
    revision: str = ""
    labels: dict[str, str] = {}
    languages: tuple[str, ...] = ("en",)

    def engine(self) -> str:
        """Name model and version: the revision, or a hash of the files in a folder.

        Raises:
            ConfigError: it is neither a folder nor an id with a revision, or cannot be read.
        """
        folder = Path(self.model).expanduser()
        mapped = "&".join(f"{one}={ours}" for one, ours in sorted(self.labels.items()))
        if folder.is_dir():
            version = _digest(folder, mapped)
        elif self.revision:
            version = f"{self.revision[:12]}-{blake2b(mapped.encode(), digest_size=4).hexdigest()}"
        else:
            raise ConfigError(
                f"models: {self.model} is no folder; an id of the hub needs a revision,"
                " so that answers of two versions can be told apart"
            )
        return f"transformers/{folder.name}@{version}"


def check(task: TextTask, own: OwnModel) -> None:
    """Make sure that a model can be loaded here, without loading it.

    Raises:
        ConfigError: torch is missing, or a label is mapped to none of ours.
    """
    if importlib.util.find_spec("torch") is None:
        raise ConfigError(f"models.{task}: cannot run {own.model}: {EXTRA}")
    known = FIXED.get(task)
    strange = sorted(set(own.labels.values()) - known) if known else []
    if known and strange:
        raise ConfigError(
            f"models.{task}.labels: {strange[0]} is none of {', '.join(sorted(known))}"
        )
    own.engine()


class OwnClassifier:
    """A transformers pipeline that answers one text at a time; may be called from several threads.

    Raises:
        ConfigError: torch is missing, the model cannot be loaded, or its labels are not ours.
    """

    def __init__(self, task: TextTask, own: OwnModel) -> None:
        check(task, own)
        self.name = own.engine()
        self._task = task
        self._pipeline = _loaded(task, own)
        self._ours = _mapping(task, own.labels, self._pipeline.model.config.id2label.values())
        self._length = _longest(self._pipeline)
        # Calling a tokeniser sets truncation on shared state, which two threads may not do.
        self._lock = threading.Lock()

    def classify(self, text: str) -> Verdict:
        """Classify a text; what is longer than the model's window is read up to there.

        Raises:
            Unavailable: the model failed, for want of memory for instance.
        """
        try:
            with self._lock:
                found = self._pipeline(text, top_k=None, truncation=True, max_length=self._length)
        except RuntimeError as error:
            raise Unavailable(f"{self.name} failed: {error}") from error
        odds = dict.fromkeys(self._ours.values(), 0.0)
        for one in found:
            odds[self._ours[one["label"]]] += float(one["score"])
        total = sum(odds.values()) or 1.0
        return Verdict(
            task=self._task,
            engine=self.name,
            odds={label: round(odd / total, 4) for label, odd in odds.items()},
        )


def _loaded(task: TextTask, own: OwnModel) -> Any:
    from transformers import pipeline

    folder = Path(own.model).expanduser()
    try:
        return pipeline(
            "text-classification",
            model=str(folder) if folder.is_dir() else own.model,
            revision=own.revision or None,
            device="cpu",
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ConfigError(f"models.{task}: cannot load {own.model}: {error}") from error


def _mapping(task: TextTask, labels: Mapping[str, str], theirs: Any) -> dict[str, str]:
    known = FIXED.get(task)
    names = [str(name) for name in theirs]
    unknown = sorted(set(labels) - set(names))
    if unknown:
        raise ConfigError(
            f"models.{task}.labels: the model has no label {unknown[0]}; it has {', '.join(names)}"
        )
    ours = {name: labels.get(name, name.casefold()) for name in names}
    open_ = sorted(name for name, label in ours.items() if known and label not in known)
    if known and open_:
        raise ConfigError(
            f"models.{task}.labels: say which of {', '.join(sorted(known))} {open_[0]} is"
        )
    return ours


def _longest(pipeline: Any) -> int:
    stated = int(pipeline.tokenizer.model_max_length)
    positions = int(getattr(pipeline.model.config, "max_position_embeddings", USUAL_LENGTH))
    # Some models keep the first positions for padding.
    return stated if stated < UNBOUNDED else max(8, positions - 2)


def _digest(folder: Path, mapped: str) -> str:
    digest = blake2b(mapped.encode(), digest_size=6)
    try:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                with path.open("rb") as file:
                    digest.update(path.name.encode() + file_digest(file, "sha256").digest())
    except OSError as error:
        raise ConfigError(f"models: cannot read {folder}: {error.strerror}") from error
    return digest.hexdigest()
