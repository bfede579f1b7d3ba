"""What people can do to customers, each in one action, as events that say it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from processors.identity.explain import explain_near
from processors.identity.history import Act, history
from processors.identity.nearby import Nearby
from processors.identity.rules import Rules
from processors.identity.statements import is_manual
from processors.normalise.link import link_event
from schemas.errors import InvalidEvent
from schemas.events import Event

Does = Literal["merge", "unmerge", "split", "deny", "withdraw", "undo"]

_LATER = timedelta(milliseconds=1)


class Said(NamedTuple):
    """Who does it, when, and why."""

    by: str
    at: datetime
    why: str | None = None


def act_on(
    near: Nearby,
    does: Does,
    a: str,
    b: str,
    said: Said,
    *,
    tenant: str,
    rules: Rules,
    statement: str | None = None,
) -> list[Event]:
    """Make the events of an action on two canonical identifiers.

    `merge` says that they are one person. `deny` says that they are not, and `split` says so of one
    customer. `unmerge` takes back what people said that joins them, `withdraw` all that people said
    of these two. With `statement` it sets aside what a machine said of them, by the id of its
    evidence, also where that is said again.

    Raises:
        InvalidEvent: `nothing_to_undo`, where there is nothing to take back or to part.
    """
    if statement is not None:
        if does != "withdraw":
            raise InvalidEvent("invalid_field", _ONLY_WITHDRAWN, field="statement")
        return [_set_aside(near, statement, (a, b), said, tenant)]
    if does == "merge":
        return [link_event(tenant, a, b, "same", by=said.by, at=said.at, why=said.why)]
    if does == "split" and not explain_near(near, a, b, rules).together:
        raise InvalidEvent("nothing_to_undo", "these are two customers already")
    if does in ("split", "deny"):
        return [link_event(tenant, a, b, "different", by=said.by, at=said.at, why=said.why)]
    standing = [act for act in history(near.statements) if is_open(act) and not act.withdrawn]
    if does == "unmerge":
        chain = explain_near(near, a, b, rules).chain
        pairs = {(link.a, link.b) for link in chain}
        found = [act for act in standing if (act.a, act.b) in pairs and act.kind == "same"]
    else:
        found = [act for act in standing if {act.a, act.b} == {a, b}]
    if not found:
        raise InvalidEvent("nothing_to_undo", _ADVICE[does])
    return [_undoing(act, standing, said, tenant) for act in found]


def _set_aside(
    near: Nearby, statement: str, pair: tuple[str, str], said: Said, tenant: str
) -> Event:
    a, b = sorted(pair)
    found = (one for one in near.statements if one.id == statement and (one.a, one.b) == (a, b))
    if not any(not is_manual(one) and not one.withdrawn for one in found):
        raise InvalidEvent("nothing_to_undo", "no machine said this of these two")
    same = [act for act in history(near.statements) if act.statement == statement]
    if any(is_open(act) and not act.withdrawn for act in same):
        raise InvalidEvent("nothing_to_undo", "this is set aside already")
    at = max(said.at, *(act.at + _LATER for act in same)) if same else said.at
    return link_event(tenant, a, b, "unused", by=said.by, at=at, why=said.why, statement=statement)


_ONLY_WITHDRAWN = "only `withdraw` is about one statement"
_ADVICE = {
    "unmerge": "no person joined these two; split them instead",
    "withdraw": "nobody has said anything of these two that stands",
}


def undo(near: Nearby, act: str, said: Said, *, tenant: str) -> list[Event]:
    """Make the event that undoes an act: takes a statement back, or makes it again.

    Raises:
        InvalidEvent: `nothing_to_undo`, where there is no such act or it is undone already.
    """
    acts = history(near.statements)
    found = next((one for one in acts if one.id == act), None)
    if found is None:
        raise InvalidEvent("nothing_to_undo", "there is no such act here", field="act")
    if not is_open(found):
        raise InvalidEvent("nothing_to_undo", "this is undone already", field="act")
    return [_undoing(found, acts, said, tenant)]


def is_open(act: Act) -> bool:
    """Tell whether an act can be undone."""
    return act.state != "undone"


def _undoing(act: Act, acts: Sequence[Act], said: Said, tenant: str) -> Event:
    """Say the contrary of an act, later than all that was said of the same statement."""
    same = (one.at for one in acts if _words(one) == _words(act))
    return link_event(
        tenant,
        act.a,
        act.b,
        act.kind,
        by=said.by,
        of=act.of,
        statement=act.statement,
        at=max(said.at, *(at + _LATER for at in same)),
        withdrawn=not act.withdrawn,
        why=said.why,
    )


def _words(act: Act) -> tuple[str | None, ...]:
    return act.a, act.b, act.kind, act.of, act.statement
