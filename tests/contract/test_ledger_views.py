"""What people and runners ask of the ledger, in every home."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.store.base import Admission, Store, Views
from schemas.ledger import LedgerEntry
from schemas.topics import LEDGER
from tests.contract.store_cases import AT, entry, write

pytestmark = pytest.mark.contract

DAY = AT.toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()


def contact(id: str, state: str = "complete", **fields: Any) -> LedgerEntry:
    return entry(id, **{"state": state, "at": AT, "source": "pbx", **fields})


class TestLedgerViews:
    """What people read of it."""

    def test_contacts_are_counted_per_day_source_and_state_without_what_is_none(
        self, written: Store, views: Views
    ) -> None:
        write(
            written, LEDGER, contact("i1"), contact("i2"), contact("i3", "stuck", step="tagged"),
            contact("i4", source=None), contact("i5", at=AT - timedelta(days=1)),
            contact("i6", counts=False), contact("i7", at=AT - timedelta(days=9)),
        )  # fmt: skip
        assert [tuple(row) for row in views.ledger_days("acme", DAY - 1, DAY)] == [
            (DAY, "", "complete", 1),
            (DAY, "pbx", "complete", 2),
            (DAY, "pbx", "stuck", 1),
            (DAY - 1, "pbx", "complete", 1),
        ]
        assert views.ledger_days("other", DAY - 1, DAY) == []
        assert views.completeness("acme") == {"complete": 5, "stuck": 1}
        assert views.newest_day("acme") == DAY
        assert views.newest_day("other") is None
        assert views.waiting_at() == {("stuck", "tagged"): 1}

    def test_contacts_of_some_days_are_listed_by_state(self, written: Store, views: Views) -> None:
        kept = [contact(f"i{n}", at=AT - timedelta(days=n)) for n in range(4)]
        write(written, LEDGER, *kept, contact("i9", "failed"), contact("i8", counts=False))
        assert views.ledger_of("acme", DAY - 2, DAY, "complete", 9) == kept[:3]
        assert [one.interaction for one in views.ledger_of("acme", DAY, DAY, None, 9)] == [
            "i0", "i9",
        ]  # fmt: skip
        assert len(views.ledger_of("acme", DAY - 9, DAY, None, 2)) == 2

    def test_pages_go_on_behind_a_contact(self, written: Store, views: Views) -> None:
        kept = [contact(f"i{n}", "open" if n % 2 else "complete") for n in range(6)]
        write(written, LEDGER, *kept)
        assert list(views.ledger("acme", "i3")) == kept[4:]
        assert list(views.unfinished("acme", "i1")) == [kept[3], kept[5]]

    def test_one_account_is_found_by_its_tenant_alone(self, written: Store, views: Views) -> None:
        kept = contact("i1", times={"received": AT}, missing={"tagged": 1})
        write(written, LEDGER, kept)
        assert views.account("acme", "i1") == kept
        assert views.account("other", "i1") is None

    def test_a_contact_without_a_time_of_its_own_is_of_the_day_it_came(
        self, written: Store, views: Views
    ) -> None:
        write(written, LEDGER, contact("i1", "rejected", at=None, times={"received": AT}))
        assert [row.day for row in views.ledger_days("acme", DAY, DAY)] == [DAY]


def test_what_is_due_comes_longest_due_first(store: Store) -> None:
    due = [contact(f"i{n}", "open", due=AT + timedelta(minutes=n)) for n in (3, 1, 2, 9)]
    write(store, LEDGER, *due, contact("i5"))
    now = round((AT + timedelta(minutes=3)).timestamp() * 1000)
    assert [one.interaction for one in store.overdue(now, 9)] == ["i1", "i2", "i3"]
    assert [one.interaction for one in store.overdue(now, 2)] == ["i1", "i2"]
    write(store, LEDGER, contact("i1", revision=2))
    assert [one.interaction for one in store.overdue(now, 9)] == ["i2", "i3"]


def test_an_input_that_is_readmitted_is_new_again(store: Store) -> None:
    with store.transaction():
        store.admit([("a", "1"), ("b", "2")])
    with store.transaction():
        store.readmit(["a", "unknown"])
        store.readmit([])
    with store.transaction():
        assert store.admit([("a", "3"), ("b", "2")]) == [Admission.NEW, Admission.KNOWN]
