"""Teach contact types, and read what contacts were about: shared by verbs and routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from infra.store.base import Views
from models.contact_types.trainer import examples_of, train
from models.contact_types.typer import Model, packed
from models.encoder import TextEncoder
from processors.contact_examples import Example
from processors.terms import Term, count_terms, standing_out
from schemas.errors import Unavailable
from schemas.events import COMPANY_SIDE
from schemas.interaction import Interaction

MOST_READ = 20_000
"""Contacts of which the words are read; more would take minutes and tell no more."""


def learn(rows: Sequence[Example], encoder: TextEncoder, progress: Callable[[str], None]) -> Model:
    """Learn types from examples.

    Raises:
        ConfigError: too few types, or too few examples of one.
    """
    progress(f"reading {len(rows):,} examples")
    examples = examples_of(
        [(row.text, row.type) for row in rows], lambda text: encoder.encode(text).vector
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


def terms_of(
    views: Views,
    tenant: str,
    contact_type: str | None,
    since: datetime | None,
    until: datetime | None,
    most: int,
) -> list[Term]:
    """Find the terms that stand out in contacts of a type.

    With `since` they are compared with contacts of the same type before it, so that what is new
    comes out; without, with contacts of all other types.
    """
    here: list[Interaction] = []
    there: list[Interaction] = []
    for contact in views.all_interactions(tenant):
        is_type = contact_type is None or contact.contact_type == contact_type
        is_late = since is None or contact.started_at >= since
        if is_type and is_late and (until is None or contact.started_at < until):
            here.append(contact)
        elif (not is_late and is_type) if since else not is_type:
            there.append(contact)
    return standing_out(count_terms(_words(views, here)), count_terms(_words(views, there)), most)


def _words(views: Views, contacts: Sequence[Interaction]) -> Iterator[list[str]]:
    """Give what customers said. Ids are hashes, so the first by id are a random sample."""
    for contact in contacts[:MOST_READ]:
        said = views.utterances(contact.tenant, contact.id)
        yield [one.utterance.text for one in said if one.utterance.role not in COMPANY_SIDE]
