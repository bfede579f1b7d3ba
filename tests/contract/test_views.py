"""What is read equals what was written, in every home that people can read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.store.base import Cursor, Store, Views
from schemas.events import Channel
from schemas.interaction import Interaction
from schemas.ledger import LedgerEntry
from schemas.topics import ALERTS, CONVERSATIONS, CUSTOMERS, DEAD_LETTERS, LEDGER, TAGGED
from schemas.utterance import Sentiment
from tests.contract.store_cases import (
    ANA,
    AT,
    BO,
    alert,
    change,
    customer,
    entry,
    interaction,
    letter,
    tagged,
    write,
)

pytestmark = pytest.mark.contract

PLACES = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from([(ANA,), (BO,), (ANA, BO), ()])), max_size=25
)


class TestViews:
    """What is read equals what was written."""

    def test_what_a_stage_keeps_can_be_read_by_keys(self, written: Store, views: Views) -> None:
        with written.transaction():
            written.save("resolve", {"a": b"1", "b": b"2"})
        assert views.state("resolve", ["a", "c"]) == {"a": b"1"}
        assert views.state("other", ["a"]) == {}
        assert views.state("resolve", []) == {}

    def test_a_customer_is_found_by_id_alias_and_identifier_of_their_tenant_alone(
        self, written: Store, views: Views
    ) -> None:
        kept = customer("c1", ANA, BO, aliases=("c0",))
        write(written, CUSTOMERS, change(kept))
        for name in ("c1", "c0", ANA, BO):
            assert views.customer("acme", name) == kept
            assert views.customer("other", name) is None
        assert views.customer("acme", "email:cy@example.com") is None
        assert views.tenants() == ["acme"]

    def test_identifiers_follow_customers_through_merge_and_split(
        self, written: Store, views: Views
    ) -> None:
        write(written, CUSTOMERS, change(customer("c1", ANA), customer("c2", BO)))
        merged = customer("c1", ANA, BO, revision=2, aliases=("c2",))
        write(written, CUSTOMERS, change(merged, gone=("c2",)))
        assert views.customer("acme", BO) == views.customer("acme", "c2") == merged
        apart = (customer("c2", BO, revision=3), customer("c1", ANA, revision=3))
        for order in (apart, apart[::-1]):
            write(written, CUSTOMERS, change(merged, gone=("c2",)))
            write(written, CUSTOMERS, change(*order))
            assert views.customer("acme", BO) == views.customer("acme", "c2") == apart[0]
            assert views.customer("acme", ANA) == views.customer("acme", "c1") == apart[1]

    def test_utterances_come_in_time_order_and_interactions_by_tenant(
        self, written: Store, views: Views
    ) -> None:
        said = [tagged("u3", minute=1), tagged("u2", minute=2), tagged("u1", minute=2)]
        write(written, TAGGED, *said)
        write(written, CONVERSATIONS, interaction())
        assert views.utterances("acme", "i1") == [said[0], said[2], said[1]]
        assert views.utterances("other", "i1") == []
        assert views.interaction("other", "i1") is None
        assert list(views.all_interactions("acme")) == [interaction()]
        assert dict(views.durations("acme")) == {"i1": 120.0}

    def test_an_interaction_whose_parties_and_time_change_moves_on_every_timeline(
        self, written: Store, views: Views
    ) -> None:
        write(written, CONVERSATIONS, interaction(identifiers=(ANA, BO)))
        moved = interaction(revision=2, identifiers=(BO,), started_at=AT - timedelta(days=1))
        write(written, CONVERSATIONS, moved)
        assert views.timeline("acme", [ANA], None, 5) == []
        assert views.timeline("acme", [ANA, BO], None, 5) == [moved]
        assert views.interactions_of("acme", [BO]) == {"i1"}

    def test_alerts_are_newest_first_and_dead_letters_keep_their_bytes(
        self, written: Store, views: Views
    ) -> None:
        raised = [alert(f"a{n}", hours=n) for n in range(3)]
        write(written, ALERTS, *raised)
        write(written, DEAD_LETTERS, letter("d2"), letter("d1"))
        assert views.alerts("acme", 2) == raised[:0:-1]
        assert views.dead_letters(9) == [letter("d1"), letter("d2")]

    def test_the_overview_counts_per_day_and_channel_over_the_newest_days(
        self, written: Store, views: Views
    ) -> None:
        mood = Sentiment(negative=0.8, neutral=0.1, positive=0.1)
        days = [
            interaction("i0", started_at=AT - timedelta(days=3)),
            interaction("i1", negative=True, sentiment=mood),
            interaction("i2"),
            interaction("i3", channel=Channel.SMS),
        ]
        write(written, CONVERSATIONS, *days)
        counted = views.overview("acme", 2)
        assert [tuple(row) for row in counted] == [
            ("2026-11-02", "chat", 2, 1, -0.7),
            ("2026-11-02", "sms", 1, 0, None),
        ]
        assert next(row.day for row in views.overview("acme", 4)) == "2026-10-30"

    def test_contact_types_are_counted_over_a_stretch_of_time(
        self, written: Store, views: Views
    ) -> None:
        mood = Sentiment(negative=0.8, neutral=0.1, positive=0.1)
        contacts = [
            interaction("i0", contact_type="billing", started_at=AT - timedelta(days=3)),
            interaction("i1", contact_type="billing", sentiment=mood, negative=True),
            interaction("i2", contact_type="billing", sentiment=mood),
            interaction("i3", sentiment=mood),
            interaction("i4"),
            interaction("i5", contact_type="billing", started_at=AT + timedelta(seconds=1)),
        ]
        write(written, CONVERSATIONS, *contacts)
        start = round(AT.timestamp() * 1000)
        rows = views.contact_types("acme", start, start + 1000)
        assert set(rows) == {
            ("billing", True, 2, 1),
            (None, True, 1, 0),
            (None, False, 1, 0),
        }
        assert views.contact_types("other", start, start + 1000) == []

    def test_contacts_about_something_are_listed_in_order_of_ids(
        self, written: Store, views: Views
    ) -> None:
        contacts = [
            interaction("i4", contact_type="billing"),
            interaction("i1", contact_type="billing"),
            interaction("i2", contact_type="refund"),
            interaction("i3"),
            interaction("i0", contact_type="billing", started_at=AT - timedelta(days=3)),
        ]
        write(written, CONVERSATIONS, *contacts)
        start = round(AT.timestamp() * 1000)
        of = partial(views.interactions_about, "acme", since=start, until=start + 1000)
        assert of("billing", limit=9) == ["i1", "i4"]
        assert of("billing", limit=1) == ["i1"]
        assert of("billing", limit=9, is_other=True) == ["i2", "i3"]
        assert of(None, limit=9) == ["i1", "i2", "i3", "i4"]
        early = views.interactions_about("acme", "billing", start - 10**9, start, limit=9)
        assert early == ["i0"]

    def test_the_mean_of_a_day_is_the_same_number_in_every_home(
        self, written: Store, views: Views
    ) -> None:
        scores = [0.3171, -0.9188, 0.9069, -0.3702, 0.4521, 0.0001, -0.5837]
        moods = [
            Sentiment(negative=max(0.0, -one), neutral=0.0, positive=max(0.0, one))
            for one in scores
        ]
        days = [interaction(f"i{n}", sentiment=mood) for n, mood in enumerate(moods)]
        write(written, CONVERSATIONS, *days)
        # Exactly: added up one by one the scores come to another last digit in every order.
        (row,) = views.overview("acme", 1)
        assert row.score == round(sum(scores), 4) / len(scores)

    def test_everything_is_in_the_order_of_its_bytes(self, written: Store, views: Views) -> None:
        names = sorted(
            ["B", "a", "Z", "_", "é", "e", "f", "\U0001f600", "\uffee", "a\x00", "a\x01", "aa"]
        )
        shuffled = names[::2] + names[1::2][::-1]
        write(written, CONVERSATIONS, *(interaction(name) for name in shuffled))
        write(written, CUSTOMERS, change(*(customer(name, name) for name in shuffled)))
        write(written, LEDGER, *(entry(name) for name in shuffled))
        write(written, DEAD_LETTERS, *(letter(name) for name in shuffled))
        write(written, ALERTS, *(alert(name) for name in shuffled))
        write(written, TAGGED, *(tagged(name) for name in shuffled))
        assert [one.id for one in views.all_interactions("acme")] == names
        assert [one.id for one in views.customers("acme")] == names
        assert [one.interaction for one in views.ledger("acme")] == names
        assert [one.interaction for one in views.unfinished("acme")] == names
        assert [one.id for one in views.dead_letters(99)] == names
        assert [one.id for one in views.alerts("acme", 99)] == names
        assert [one.utterance.id for one in views.utterances("acme", "i1")] == names
        assert [one.id for one in views.timeline("acme", [ANA], None, 99)] == names[::-1]

    def test_a_stream_shows_what_there_was_when_it_began_and_may_be_left_early(
        self, written: Store, views: Views
    ) -> None:
        made = [interaction(f"i{n:05}") for n in range(2500)]
        write(written, CONVERSATIONS, *made)
        streams = [iter(views.all_interactions("acme")) for _ in range(2)]
        assert [next(one) for one in streams] == [made[0], made[0]]
        write(written, CONVERSATIONS, interaction("i02499", revision=2), interaction("i99999"))
        assert list(streams[0]) == made[1:]
        del streams
        assert views.interaction("acme", "i99999") == interaction("i99999")
        assert list(views.all_interactions("other")) == []

    def test_all_utterances_of_all_tenants_come_once_in_batches(
        self, written: Store, views: Views
    ) -> None:
        assert (list(views.all_utterances()), views.utterance_count()) == ([], 0)
        said = [tagged(f"u{n:04}") for n in range(2100)] + [tagged("a\x00b"), tagged("a\x00")]
        write(written, TAGGED, *said)
        batches = list(views.all_utterances())
        assert len(batches) > 1
        listed = [one for batch in batches for one in batch]
        assert listed == sorted(said, key=lambda one: one.utterance.id)
        assert views.utterance_count() == len(said)

    def test_every_tenant_with_anything_is_listed_once(self, written: Store, views: Views) -> None:
        assert views.tenants() == []
        write(written, CONVERSATIONS, *(interaction(f"i{n}", tenant=f"t{n % 3}") for n in range(9)))
        write(written, LEDGER, LedgerEntry(tenant="t9", interaction="i", revision=1))
        write(written, CUSTOMERS, change(customer("c1", ANA)))
        assert views.tenants() == ["acme", "t0", "t1", "t2", "t9"]

    def test_entries_are_counted_per_state_and_the_complete_ones_left_out(
        self, written: Store, views: Views
    ) -> None:
        done = LedgerEntry(tenant="acme", interaction="i2", revision=1, state="complete")
        write(written, LEDGER, entry(), done)
        assert views.completeness("acme") == {"open": 1, "complete": 1}
        assert views.completeness("other") == {}
        assert list(views.unfinished("acme")) == [entry()]

    def test_days_before_1970_are_days_too(self, written: Store, views: Views) -> None:
        old = datetime(1969, 12, 30, 23, tzinfo=UTC)
        write(
            written, CONVERSATIONS, interaction("i1", started_at=old),
            interaction("i2", started_at=old + timedelta(hours=30)),
        )  # fmt: skip
        assert [row.day for row in views.overview("acme", 3)] == ["1969-12-30", "1970-01-01"]
        assert [row.day for row in views.overview("acme", 2)] == ["1970-01-01"]

    def test_of_several_changes_of_a_customer_in_one_batch_the_last_counts(
        self, written: Store, views: Views
    ) -> None:
        write(written, CUSTOMERS, change(customer("c1", ANA, revision=9)))
        older = customer("c1", ANA, BO, revision=2)
        write(written, CUSTOMERS, change(older), change(customer("c2", BO)))
        assert views.customer("acme", BO) == customer("c2", BO)
        assert views.customer("acme", ANA) == customer("c1", ANA, revision=9)
        again = customer("c1", BO, revision=1)
        write(written, CUSTOMERS, change(gone=("c1", "c2")), change(again))
        assert views.customer("acme", ANA) is None
        assert views.customer("acme", BO) == again
        write(written, CUSTOMERS, change(customer("c3", ANA)), change(gone=("c3",)))
        assert views.customer("acme", ANA) is None

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(places=PLACES, limit=st.integers(1, 6))
    def test_paging_through_a_timeline_shows_everything_once_even_over_ties(
        self,
        written: Store,
        views: Views,
        places: list[tuple[int, tuple[str, ...]]],
        limit: int,
    ) -> None:
        with written.transaction():
            written.reset([], [CONVERSATIONS])
        made = [
            interaction(f"i{n:02}", started_at=AT + timedelta(minutes=minute), identifiers=ids)
            for n, (minute, ids) in enumerate(places)
        ]
        write(written, CONVERSATIONS, *made)
        seen: list[Interaction] = []
        cursor: Cursor | None = None
        while page := views.timeline("acme", [ANA, BO], cursor, limit):
            assert len(page) <= limit
            seen += page
            cursor = Cursor(round(page[-1].started_at.timestamp() * 1000), page[-1].id)
        expected = [one for one in made if one.identifiers]
        assert seen == sorted(expected, key=lambda one: (one.started_at, one.id), reverse=True)
