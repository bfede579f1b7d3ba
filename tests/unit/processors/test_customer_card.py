"""The customer card: the risk of a customer is more than that of one contact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from processors.churn import churn_risk
from processors.customer_card import CustomerCard, customer_card
from processors.repeats import conversation_of
from schemas.conversation import Brief
from schemas.events import Channel, Kind, Party, Role
from schemas.identity import Customer
from schemas.interaction import Fact
from schemas.satisfaction import Satisfaction

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
CUSTOMER = Customer(
    id="c_1", tenant="acme", identifiers=("email:ana@example.com",), since=NOW, revision=1
)


def contact(number: int, parts: dict[str, float], satisfied: float | None = None) -> Brief:
    at = NOW - timedelta(days=10 - number)
    estimate = Satisfaction(score=satisfied, turns=2, engine="x/1") if satisfied else None
    return Brief(
        id=f"i{number}", channel=Channel.CHAT, started_at=at, ended_at=at,
        churn_risk=churn_risk(parts), churn_parts=parts, satisfaction=estimate,
    )  # fmt: skip


def profile(**attributes: str | int) -> Fact:
    return Fact(
        id="f1", interaction="p1", reference="p1", tenant="acme", source="crm", at=NOW,
        channel=Channel.CHAT, kind=Kind.PROFILE, attributes=dict(attributes),
        parties=(Party(role=Role.CUSTOMER, identifiers=CUSTOMER.identifiers),),
    )  # fmt: skip


def card(contacts: list[Brief], *facts: Fact) -> CustomerCard:
    issue = conversation_of(contacts, (), NOW)
    return customer_card(
        CUSTOMER, contacts[::-1], [issue], facts, name=None, local_times=(), is_cut=False
    )


def test_the_riskiest_contact_repeats_and_the_contract_add_up() -> None:
    calm, cross = contact(1, {"base": -3.0}), contact(2, {"base": -3.0, "intent": 2.0})
    alone = card([cross]).risk
    known = card([calm, cross], profile(contract="Month-to-month", tenure_months=2)).risk
    assert alone is not None
    assert known is not None
    assert (alone.interaction, known.interaction) == ("i2", "i2")
    assert alone.parts == {"base": -3.0, "intent": 2.0}
    assert known.parts.keys() == {"base", "intent", "repeat contacts", "contract", "tenure"}
    assert alone.risk < known.risk == churn_risk(known.parts)


def test_satisfaction_is_the_mean_of_the_newest_estimates() -> None:
    base = {"base": -3.0}
    contacts = [contact(1, base, 2.0), contact(2, base), contact(3, base, 4.0)]
    assert card(contacts).satisfaction == pytest.approx(3.0)
    assert card([contact(2, base)]).satisfaction is None
