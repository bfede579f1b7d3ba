"""A private word of staff, as an event of our own format and as the fact that it becomes."""

from __future__ import annotations

from datetime import datetime

from processors.identity.identifiers import normalise_identifier
from processors.normalise.body import body_text, said_by
from processors.normalise.result import Company
from schemas.errors import InvalidEvent
from schemas.events import Body, Channel, Event, Kind, Party, Remark, RemarkKind, Role
from schemas.ids import derive
from schemas.interaction import Fact

SOURCE = "desk"
_ON_A_CUSTOMER = frozenset({RemarkKind.NOTE, RemarkKind.SEEN, RemarkKind.WITHDRAWN})
_NAMES_ANOTHER = frozenset({RemarkKind.SAME_ISSUE, RemarkKind.OTHER_ISSUE, RemarkKind.WITHDRAWN})


def remark_event(
    tenant: str, remark: Remark, *, by: str, at: datetime, text: str | None = None
) -> Event:
    """Make the event by which `by` remarks something at an aware time."""
    return Event(
        id=derive(
            "remark", remark.on, remark.does, remark.other or "", by, at.isoformat(), text or ""
        ),
        tenant=tenant,
        source=SOURCE,
        channel=Channel.CHAT,
        kind=Kind.REMARK,
        interaction=remark.on,
        occurred_at=at,
        party=Party(role=Role.AGENT, name=by),
        body=Body(text=text) if text is not None else None,
        remark=remark,
    )


def remark_fact(event: Event, remark: Remark, company: Company) -> Fact:
    """Turn a remark into a fact of the interaction or the customer that it is about.

    Of what one reader has seen of a customer only the latest counts, so all of it has one id and
    its time as the version.

    Raises:
        InvalidEvent: `invalid_identifier`, `invalid_field` or `missing_field`.
    """
    on = _target(remark, company)
    _check(remark, is_customer=":" in on)
    who = said_by(event)
    is_seen = remark.does is RemarkKind.SEEN
    return Fact(
        id=derive("seen", event.tenant, event.source, event.channel, on, who)
        if is_seen
        else derive("fact", event.tenant, event.source, event.id),
        interaction=remarked_interaction(event.tenant, remark.on),
        reference=on,
        tenant=event.tenant,
        source=event.source,
        channel=event.channel,
        kind=event.kind,
        at=event.occurred_at,
        version=max(1, round(event.occurred_at.timestamp() * 1000)) if is_seen else 1,
        remark=Remark(does=remark.does, on=on, other=remark.other),
        note=body_text(event.body) if event.body and remark.does is RemarkKind.NOTE else None,
        said_by=who,
    )


def remarked_interaction(tenant: str, on: str) -> str:
    """Name the interaction that a remark is about, or one that is none for a customer's."""
    return derive("remarks", tenant, on) if ":" in on else on


def _target(remark: Remark, company: Company) -> str:
    if ":" not in remark.on:
        return remark.on
    identifier = normalise_identifier(remark.on, company.region)
    if identifier is None:
        raise InvalidEvent(
            "invalid_identifier",
            "neither the id of an interaction nor an identifier, such as phone:+15550100",
            field="$.remark.on",
        )
    return identifier


def _check(remark: Remark, *, is_customer: bool) -> None:
    if remark.does in _NAMES_ANOTHER and remark.other is None:
        raise InvalidEvent(
            "missing_field", f"a remark that does {remark.does} needs it", field="$.remark.other"
        )
    if is_customer and remark.does not in _ON_A_CUSTOMER:
        raise InvalidEvent(
            "invalid_field", "that is said of an interaction only", field="$.remark.does"
        )
    if not is_customer and remark.does is RemarkKind.SEEN:
        raise InvalidEvent(
            "invalid_field", "that is said of a customer only", field="$.remark.does"
        )
    if remark.other == remark.on:
        raise InvalidEvent("invalid_field", "it names itself", field="$.remark.other")
