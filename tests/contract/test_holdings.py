"""A name may pass from one customer to another: old contacts stay with the one who had it then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from infra.store.base import Store, Views
from infra.store.view import milliseconds
from schemas.identity import Customer, Holding
from schemas.topics import CONVERSATIONS, CUSTOMERS
from tests.contract.store_cases import ANA, AT, BO, change, customer, interaction, write

pytestmark = pytest.mark.contract

PHONE = "phone:+15550100"
PASSED = AT + timedelta(days=1)


def holder(id: str, *names: str, revision: int = 1, **bounds: object) -> Customer:
    kept = customer(id, *names, revision=revision)
    holding = Holding(identifier=PHONE, **bounds)  # type: ignore[arg-type]  # since and until
    return Customer(
        id=kept.id,
        tenant=kept.tenant,
        identifiers=tuple(sorted((*names, PHONE))),
        holdings=(holding,),
        since=kept.since,
        revision=revision,
    )


class TestHoldings:
    """Names, timelines and searches respect who had an identifier at the time."""

    def test_a_name_belongs_to_its_last_holder_and_to_the_one_of_a_moment(
        self, written: Store, views: Views
    ) -> None:
        first, second = holder("c1", ANA, until=PASSED), holder("c2", BO, since=PASSED)
        for order in ((first, second), (second, first)):
            write(written, CUSTOMERS, change(*order))
            assert views.customer("acme", PHONE) == second
            assert views.customer("acme", PHONE, milliseconds(PASSED)) == second
            assert views.customer("acme", PHONE, milliseconds(PASSED) - 1) == first
            assert views.customer("acme", ANA, milliseconds(AT)) == first

    def test_a_name_that_was_given_up_still_finds_its_last_holder(
        self, written: Store, views: Views
    ) -> None:
        last = holder("c1", ANA, until=PASSED)
        write(written, CUSTOMERS, change(last))
        assert views.customer("acme", PHONE) == last
        assert views.customer("acme", PHONE, milliseconds(PASSED)) is None

    def test_a_bound_moves_with_the_customers_and_goes_with_them(
        self, written: Store, views: Views
    ) -> None:
        write(
            written,
            CUSTOMERS,
            change(holder("c1", ANA, until=PASSED), holder("c2", BO, since=PASSED)),
        )
        later = PASSED + timedelta(days=1)
        moved = (
            holder("c1", ANA, until=later, revision=2),
            holder("c2", BO, since=later, revision=2),
        )
        write(written, CUSTOMERS, change(*moved))
        assert views.customer("acme", PHONE, milliseconds(PASSED)) == moved[0]
        whole = customer("c1", ANA, BO, PHONE, revision=3)
        write(written, CUSTOMERS, change(whole, gone=("c2",)))
        for at in (None, milliseconds(PASSED), milliseconds(later)):
            assert views.customer("acme", PHONE, at) == whole

    def test_a_timeline_shows_what_happened_while_the_identifier_was_held(
        self, written: Store, views: Views
    ) -> None:
        calls = [
            interaction(f"i{day}", identifiers=(PHONE,), started_at=AT + timedelta(days=day))
            for day in range(4)
        ]
        write(written, CONVERSATIONS, *calls)
        first = [Holding(identifier=PHONE, until=PASSED)]
        second = [Holding(identifier=PHONE, since=PASSED)]
        assert views.timeline("acme", first, None, 9) == calls[:1]
        assert views.timeline("acme", second, None, 9) == calls[:0:-1]
        assert views.timeline("acme", [*first, *second, BO], None, 9) == calls[::-1]
        assert views.interactions_of("acme", first) == {"i0"}
        assert views.interactions_of("acme", second) == {"i1", "i2", "i3"}
        assert views.interactions_of("acme", [PHONE, ANA]) == {"i0", "i1", "i2", "i3"}

    def test_names_that_are_said_to_stay_stay_unless_another_change_of_the_batch_moves_them(
        self, written: Store, views: Views
    ) -> None:
        kept = customer("c1", ANA, BO)
        write(written, CUSTOMERS, change(kept))
        newer = customer("c1", ANA, BO, revision=2)
        write(written, CUSTOMERS, replace(change(newer), kept_names=("c1",)))
        assert views.customer("acme", BO) == views.customer("acme", "c1") == newer
        parted = customer("c1", ANA, revision=3)
        again = customer("c1", ANA, revision=4)
        write(written, CUSTOMERS, change(parted), replace(change(again), kept_names=("c1",)))
        assert views.customer("acme", ANA) == again
        assert views.customer("acme", BO) is None

    def test_customers_with_more_evidence_than_is_taken_in_are_listed(
        self, written: Store, views: Views
    ) -> None:
        full = Customer(
            id="c3", tenant="acme", identifiers=(BO,), since=AT, revision=1, frozen=True
        )
        write(written, CUSTOMERS, change(customer("c1", ANA), full))
        assert views.frozen_customers("acme", 5) == [full]
        assert views.frozen_customers("other", 5) == []
        write(written, CUSTOMERS, change(customer("c3", BO, revision=2)))
        assert views.frozen_customers("acme", 5) == []
