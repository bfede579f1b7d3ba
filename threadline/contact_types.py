"""Teach contact types: learn a model from examples, and keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from models.contact_types.model import Model, packed
from models.contact_types.trainer import examples_of, train
from models.encoder import TextEncoder
from models.pleasantries import without_pleasantries
from processors.contact_examples import Example
from schemas.errors import Unavailable


def learn(
    rows: Sequence[Example], encoder: TextEncoder, progress: Callable[[str], None]
) -> list[Model]:
    """Learn types from examples, in each language from those in it.

    Raises:
        ConfigError: in a language too few types, or too few examples of one.
    """
    models = []
    for language in sorted({row.language for row in rows}):
        pairs = [
            (without_pleasantries(row.text), row.type) for row in rows if row.language == language
        ]
        progress(f"reading {len(pairs):,} examples in {language}")
        examples = examples_of(pairs, lambda text: encoder.encode(text).vector)
        models.append(train(examples, language=language, encoder=encoder.name, progress=progress))
    return models


def keep(models: Sequence[Model], path: Path) -> None:
    """Put models in their place, whole or not at all.

    Raises:
        Unavailable: it cannot be written.
    """
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
            file.write(packed(models))
        Path(file.name).replace(path)
    except OSError as error:
        raise Unavailable(f"cannot write {path}: {error.strerror or error}") from error
