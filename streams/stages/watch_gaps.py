"""Watch the ledger's gaps: one alert per tenant and step, from the first gap to the last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from schemas.alert import Alert, Notification
from schemas.base import Contract
from schemas.ids import derive
from schemas.ledger import Gap
from schemas.topics import ALERTS, NOTIFICATIONS
from streams.topology import Context, Emit

RULE = "ledger-gap"
MOST_EXAMPLES = 5


class Episode(Contract, frozen=True, kw_only=True):
    """The contacts that are overdue at a step, from the first until there is none.

    `standing` of them are overdue now, `contacts` have been since it began. `changes` counts what
    was ever told.
    """

    number: int = 0
    standing: int = 0
    contacts: int = 0
    changes: int = 0
    alert: Alert | None = None


class Seen(Contract, frozen=True, kw_only=True):
    """The last that was told of a contact at a step."""

    revision: int
    open: bool


def gap_keys(gap: Gap) -> tuple[str, str]:
    """Name the state of an episode, and of a contact in it."""
    episode = f"gap:{gap.tenant}:{gap.step}"
    return episode, f"{episode}:{gap.interaction}"


def watch_gaps(gaps: Iterable[Gap], ctx: Context) -> Iterator[Emit]:
    """Count gaps that open and close; tell of the first, and of the last."""
    told: dict[str, Alert] = {}
    known: set[str] = set()
    for gap in gaps:
        key, contact = gap_keys(gap)
        episode = ctx.load(key, Episode) or Episode()
        seen = ctx.load(contact, Seen)
        if seen is not None and seen.revision >= gap.revision:
            continue
        ctx.save(contact, Seen(revision=gap.revision, open=gap.open))
        if gap.open == (seen is not None and seen.open):
            continue
        if episode.alert is not None and episode.alert.id not in told:
            known.add(episode.alert.id)
        alert = _alert(episode, gap)
        # An episode that ends and the next one that begins have an alert each.
        told[alert.id] = alert
        ctx.save(key, _after(episode, gap, alert))
    for alert in told.values():
        yield from _tell(alert, new=alert.id not in known)


def _after(episode: Episode, gap: Gap, alert: Alert) -> Episode:
    begins = _begins(episode, gap)
    return Episode(
        number=episode.number + begins,
        standing=episode.standing + (1 if gap.open else -1),
        contacts=(0 if begins else episode.contacts) + gap.open,
        changes=episode.changes + 1,
        alert=alert,
    )


def _begins(episode: Episode, gap: Gap) -> bool:
    return gap.open and episode.standing == 0


def _alert(episode: Episode, gap: Gap) -> Alert:
    begins = _begins(episode, gap)
    before = None if begins else episode.alert
    contacts = (0 if begins else episode.contacts) + gap.open
    is_over = not gap.open and episode.standing == 1
    begun = min(before.started_at, gap.at) if before is not None else gap.at
    id = derive(RULE, gap.tenant, gap.step, episode.number + begins, _ms(gap.at))
    examples = {*(before.examples if before is not None else ()), gap.interaction}
    return Alert(
        id=before.id if before is not None else id,
        tenant=gap.tenant,
        rule=RULE,
        segment=f"step={gap.step}",
        started_at=begun,
        fired_at=begun,
        state="cleared" if is_over else "firing",
        cleared_at=gap.at if is_over else None,
        about=f"{contacts:,} contact{'' if contacts == 1 else 's'} not {gap.step} in time",
        examples=tuple(sorted(examples)[:MOST_EXAMPLES]),
        revision=episode.changes + 1,
    )


def _tell(alert: Alert, *, new: bool) -> Iterator[Emit]:
    id = derive("alert-revision", alert.id, alert.revision)
    yield Emit(ALERTS.name, alert.tenant, id, alert)
    if new:
        name = derive("notification", alert.id)
        note = Notification(id=name, tenant=alert.tenant, alert=alert)
        yield Emit(NOTIFICATIONS.name, alert.tenant, name, note)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
