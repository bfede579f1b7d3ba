"""Teach contact types: learn a model from examples, and keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from models.contact_types.trainer import examples_of, train
from models.contact_types.typer import Model, packed
from models.encoder import TextEncoder
from models.pleasantries import without_pleasantries
from processors.contact_examples import Example
from schemas.errors import Unavailable


def learn(rows: Sequence[Example], encoder: TextEncoder, progress: Callable[[str], None]) -> Model:
    """Learn types from examples.

    Raises:
        ConfigError: too few types, or too few examples of one.
    """
    progress(f"reading {len(rows):,} examples")
    examples = examples_of(
        [(without_pleasantries(row.text), row.type) for row in rows],
        lambda text: encoder.encode(text).vector,
    )
    languages = sorted({row.language for row in rows})
    return train(examples, languages=languages, encoder=encoder.name, progress=progress)


def keep(model: Model, path: Path) -> None:
    """Put a model in its place, whole or not at all.

    Raises:
        Unavailable: it cannot be written.
    """
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
            file.write(packed(model))
        Path(file.name).replace(path)
    except OSError as error:
        raise Unavailable(f"cannot write {path}: {error.strerror or error}") from error
