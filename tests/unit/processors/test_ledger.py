"""The ledger: every contact is accounted for, whatever order its receipts come in."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from processors.ledger import Account, entry_of, post
from schemas.ledger import LedgerEntry, Receipt, Step

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
EMPTY = Account(tenant="acme", interaction="i1")


def receipt(step: Step, *items: str, **fields: Any) -> Receipt:
    return Receipt(tenant="acme", interaction="i1", step=step, items=items, **fields)


RECEIPTS = st.lists(
    st.builds(
        Receipt,
        tenant=st.just("acme"),
        interaction=st.just("i1"),
        step=st.sampled_from(Step),
        items=st.lists(st.sampled_from("abcd"), max_size=3).map(tuple),
        awaits=st.dictionaries(
            st.sampled_from([step.value for step in Step]),
            st.lists(st.sampled_from("abcd"), max_size=3).map(tuple),
            max_size=2,
        ),
        source=st.sampled_from([None, "s1", "s2"]),
        at=st.none() | st.integers(0, 9).map(lambda n: AT + timedelta(minutes=n)),
        rejected=st.sampled_from([None, None, None, "empty_audio"]),
    ),
    max_size=10,
)


@given(RECEIPTS, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_an_account(
    given_: list[Receipt], rng: random.Random
) -> None:
    whole = entry_of(post(EMPTY, given_))
    mixed = given_ * 2
    rng.shuffle(mixed)
    account, revision = EMPTY, entry_of(EMPTY).revision
    for one in mixed:
        account = post(account, [one])
        assert entry_of(account).revision >= revision
        revision = entry_of(account).revision
    assert entry_of(account) == whole


@given(RECEIPTS, RECEIPTS)
def test_an_entry_that_changed_has_a_larger_revision(
    first: list[Receipt], later: list[Receipt]
) -> None:
    before = post(EMPTY, first)
    one, other = entry_of(before), entry_of(post(before, later))
    if one.revision == other.revision:
        plain = {"source": None, "channel": None, "at": None}
        assert _without(one, plain) == _without(other, plain)


def _without(entry: LedgerEntry, plain: dict[str, None]) -> LedgerEntry:
    return replace(entry, **plain)


def test_a_contact_is_open_until_everything_awaited_is_there() -> None:
    awaits: dict[str, tuple[str, ...]] = {"tagged": ("u1", "u2"), "indexed": ("u1",)}
    account = post(EMPTY, [receipt(Step.NORMALISED, "in", awaits=awaits)])
    assert entry_of(account).state == "open"
    assert entry_of(account).missing == {"tagged": 2, "indexed": 1}
    account = post(account, [receipt(Step.TAGGED, "u1", "u2")])
    assert entry_of(account).missing == {"indexed": 1}
    account = post(account, [receipt(Step.INDEXED, "u1")])
    assert entry_of(account).state == "complete"
    assert entry_of(account).missing == {}


def test_what_nobody_has_normalised_is_never_complete() -> None:
    assert entry_of(post(EMPTY, [receipt(Step.TAGGED, "u1")])).state == "open"


def test_a_refusal_is_settled_when_the_item_is_received_after_all() -> None:
    refusal = receipt(Step.RECEIVED, "d1", rejected="internal_error")
    again = receipt(Step.RECEIVED, "d1")
    for receipts in ([refusal, again], [again, refusal]):
        entry = entry_of(post(EMPTY, receipts))
        assert (entry.state, entry.reasons) == ("complete", ())


def test_a_refusal_says_why() -> None:
    entry = entry_of(post(EMPTY, [receipt(Step.RECEIVED, "d1", rejected="empty_audio")]))
    assert (entry.state, entry.reasons) == ("rejected", ("empty_audio",))
