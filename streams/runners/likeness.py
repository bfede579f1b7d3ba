"""Compare customers of whom something new was said, so that the queue of proposals shows them.

What it reads are customers as they stand, and a replay does not make its answer, so it is no stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby, islice

from infra.store.base import Views
from processors.identity.linkage.fields import Subject
from processors.identity.linkage.late import (
    FITTED_ANEW_UP_TO,
    blocked,
    is_outgrown,
    kept,
    late_proposals,
    model_of,
    subject_near,
)
from processors.identity.linkage.model import Model
from processors.identity.linkage.proposals import run, subjects_of
from schemas.base import Contract
from schemas.errors import Conflict
from schemas.identity import Customer
from schemas.person import Description
from schemas.proposal import LateProposals, LinkageModel, Proposal
from schemas.topics import PROPOSALS, TICKS
from streams.delivery import Backend
from streams.runners.lane import Lane
from streams.topology import Stage

NAME = "likeness"
MOST = 200
"""Descriptions that one tick compares, in about a second; the next tick comes soon."""

News = Sequence[tuple[str, Description]]


class Likeness(Lane):
    """At each tick, proposes who may be one person with those who were described since.

    By the model of the last run; where a tenant is small and has grown, by a run of its own. For a
    large one that nobody has run, a model is fitted to some of it, so that it need not wait.
    """

    def __init__(self, backend: Backend, views: Views, now_ms: Callable[[], int]) -> None:
        super().__init__(Stage(NAME, 1, (TICKS.name,), (), lambda batch, ctx: ()), backend, now_ms)
        self._views = views
        self._model: tuple[LinkageModel, Model] | None = None
        self._is_behind = False

    def is_behind(self) -> bool:
        """Tell whether more was said than one tick compares."""
        return self._is_behind

    def step(self) -> int:
        """Take the ticks that came, compare once, and commit what follows from it."""
        ticks = self._delivery.read(self.positions)
        if not ticks:
            return 0
        at = datetime.fromtimestamp(max(one.at for one in ticks) / 1000, UTC)
        found: list[Contract] = []
        news = self._views.described_anew(MOST)
        for tenant, said in groupby(news, key=lambda one: one[1].tenant):
            found += self._compared(tenant, list(said), at)
        moved = {record.partition: record.offset for record in ticks}
        held = self.positions
        store = self._backend.store
        try:
            with store.transaction():
                store.advance(NAME, {one: held.get(one) for one in moved}, moved)
                store.materialise(PROPOSALS, found)
        except Conflict:
            self.reset()
            return 0
        self._is_behind = len(news) == MOST
        self._positions = {**held, **moved}
        self.delivered += len(ticks)
        return len(ticks)

    def _compared(self, tenant: str, news: News, at: datetime) -> list[Contract]:
        described = self._views.described(tenant, FITTED_ANEW_UP_TO + 1)
        model = self._views.linkage_model(tenant)
        if is_outgrown(model, described):
            # Before it is read: what comes in between is compared at the next tick.
            seen = self._views.news(tenant)
            return [*self._anew(tenant, described, at), LateProposals(tenant=tenant, seen=seen)]
        if model is None:
            # What is news stays so, and is compared by this model from the next tick on.
            return self._anew(tenant, described, at)
        subjects = self._subjects(tenant, (identifier for identifier, _ in news))
        keys = {subject.key: blocked(tenant, subject) for subject in subjects}
        with self._backend.store.transaction():
            # Before anybody is looked up, so that those of one tick find each other.
            self._backend.store.materialise(PROPOSALS, keys.values())
        found: dict[str, Proposal] = {}
        fitted = self._fitted(model)
        for subject in subjects:
            others = self._subjects(tenant, self._views.alike(keys[subject.key]))
            proposals = late_proposals(tenant, subject, others, fitted)
            found.update((one.id, one) for one in proposals)
        seen = tuple((identifier, said.id) for identifier, said in news)
        return [LateProposals(tenant=tenant, proposals=tuple(found.values()), seen=seen)]

    def _anew(self, tenant: str, described: int, at: datetime) -> list[Contract]:
        """Compare all that is known of a small tenant, or as much of a large one."""
        some = islice(self._views.descriptions(tenant), FITTED_ANEW_UP_TO)
        told = {one.id: one for one in some}
        named = (identifier for one in told.values() for identifier in one.identifiers)
        subjects = subjects_of(self._customers(tenant, named), told.values())
        done = run(tenant, subjects, at=at)
        keys = (blocked(tenant, subject) for subject in subjects)
        return [done.found, kept(tenant, done.model, described), *keys]

    def _subjects(self, tenant: str, identifiers: Iterable[str]) -> list[Subject]:
        found = (
            subject_near(one, self._views.descriptions_of(tenant, one.identifiers))
            for one in self._customers(tenant, identifiers)
        )
        return [one for one in found if one is not None]

    def _customers(self, tenant: str, identifiers: Iterable[str]) -> list[Customer]:
        found = (self._views.customer(tenant, one) for one in dict.fromkeys(identifiers))
        return list({one.id: one for one in found if one is not None}.values())

    def _fitted(self, stored: LinkageModel) -> Model:
        if self._model is None or self._model[0] != stored:
            self._model = (stored, model_of(stored))
        return self._model[1]
