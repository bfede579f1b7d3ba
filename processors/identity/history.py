"""What people said of a customer: who did what, when and why, and whether it still stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from msgspec.structs import replace

from processors.identity.seen import millisecond
from processors.identity.statements import is_manual
from schemas.base import Contract
from schemas.identity import Evidence, Word
from schemas.ids import derive

State = Literal["stands", "overruled", "undone"]


class Act(Contract, frozen=True, kw_only=True):
    """One thing that somebody said of two identifiers.

    `same` and `different` are statements; with `withdrawn` it takes one of them back. `unused` says
    that a machine's `statement`, by its id, shall not count. `by` did it, `of` said it first.
    `undoes` and `undone_by` name the acts before and after it. `overruled` says that somebody said
    the opposite of these two later on.
    """

    id: str
    kind: Word
    statement: str | None = None
    withdrawn: bool = False
    a: str
    b: str
    by: str
    of: str
    why: str | None = None
    at: datetime
    state: State = "stands"
    undoes: str | None = None
    undone_by: str | None = None


def act_id(evidence: Evidence) -> str:
    """Name what a person said at one moment."""
    return derive("act", evidence.id, evidence.withdrawn, millisecond(evidence.at))


def history(statements: Iterable[Evidence], about: frozenset[str] | None = None) -> list[Act]:
    """List what people said, newest first; only what is about some identifiers, if they are given.

    It is told from the evidence alone, so it is as complete as the evidence.
    """
    said: dict[str, list[Evidence]] = {}
    for one in statements:
        if is_manual(one) and one.a != one.b and (about is None or {one.a, one.b} & about):
            said.setdefault(one.id, []).append(one)
    verdicts: dict[tuple[str, str], tuple[datetime, bool]] = {}
    acts: list[Act] = []
    for of_one in said.values():
        found = _of_statement(of_one)
        acts += found
        for act in found:
            if not act.withdrawn and act.state == "stands" and act.kind != "unused":
                word = (act.at, act.kind == "different")
                verdicts[act.a, act.b] = max(word, verdicts.get((act.a, act.b), word))
    return sorted(
        (_weighed(act, verdicts) for act in acts), key=lambda act: (act.at, act.id), reverse=True
    )


class _Step(NamedTuple):
    """One evidence of a statement with what came before and after it."""

    here: Evidence
    before: Evidence | None
    after: Evidence | None


def _of_statement(said: list[Evidence]) -> list[Act]:
    """Tell of one statement: made, taken back, made again."""
    said.sort(key=lambda one: (one.at, one.withdrawn))
    owner = next((one for one in said if not one.withdrawn), said[0])
    of = owner.said_by or owner.source
    return [_act(_step(said, place), of) for place in range(len(said))]


def _step(said: list[Evidence], place: int) -> _Step:
    here = said[place]
    before = [one for one in said[:place] if one.withdrawn != here.withdrawn]
    after = [one for one in said[place + 1 :] if one.withdrawn != here.withdrawn]
    return _Step(here, before[-1] if before else None, after[0] if after else None)


def _act(step: _Step, of: str) -> Act:
    here, before, after = step
    return Act(
        id=act_id(here),
        kind=here.kind,
        statement=here.statement,
        withdrawn=here.withdrawn,
        a=here.a,
        b=here.b,
        by=here.said_by or here.source,
        of=of,
        why=here.why,
        at=here.at,
        state="stands" if after is None else "undone",
        undoes=act_id(before) if before else None,
        undone_by=act_id(after) if after else None,
    )


def _weighed(act: Act, verdicts: dict[tuple[str, str], tuple[datetime, bool]]) -> Act:
    verdict = verdicts.get((act.a, act.b))
    is_open = not act.withdrawn and act.state == "stands" and act.kind != "unused"
    if not is_open or verdict is None:
        return act
    is_upheld = verdict[1] == (act.kind == "different")
    return act if is_upheld else replace(act, state="overruled")
