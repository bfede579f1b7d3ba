"""What every store promises: all of a batch or nothing, fences, and rows that never grow older."""

from __future__ import annotations

import threading

import pytest

from infra.store.base import Admission, Store
from schemas.base import Contract
from schemas.errors import Conflict
from schemas.topics import (
    ALERTS,
    CONVERSATIONS,
    CUSTOMERS,
    DEAD_LETTERS,
    LEDGER,
    TAGGED,
    Topic,
)
from tests.contract.store_cases import (
    ANA,
    BO,
    Read,
    ReadHome,
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


class TestStore:
    """The same promises, whoever keeps the rows."""

    def test_state_is_saved_loaded_and_forgotten_per_stage(self, store: Store) -> None:
        with store.transaction():
            store.save("tag", {"a": b"1", "b": b"2", "c": b""})
            store.save("watch", {"a": b"3"})
        assert store.load("tag", ["a", "b", "c", "x"]) == {"a": b"1", "b": b"2", "c": b""}
        with store.transaction():
            store.save("tag", {"a": None, "b": b"4", "never": None})
        assert store.load("tag", ["a", "b", "never"]) == {"b": b"4"}
        assert store.load("watch", ["a"]) == {"a": b"3"}
        assert store.load("watch", []) == {}

    def test_keys_of_any_text_and_many_at_once_are_found(self, store: Store) -> None:
        keys = [f"tenant/{n}/'\"\\ ü\u2028" for n in range(2000)]
        with store.transaction():
            store.save("tag", {key: key.encode() for key in keys})
        assert store.load("tag", keys) == {key: key.encode() for key in keys}

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("a\x00b", "a\x01b"),
            ("\x00", "\x01\x01"),
            ("x" * 5000, "x" * 4999 + "y"),
            ("ü" * 900, "ü"),
        ],
    )
    def test_texts_that_a_database_may_not_like_stay_apart_and_are_found(
        self, store: Store, read: Read, one: str, other: str
    ) -> None:
        with store.transaction():
            store.advance(one, {}, {one: 1})
            store.save(one, {one: b"1", other: b"2"})
            store.mark_sent(one)
            assert store.admit([(one, "1"), (other, "2")]) == [Admission.NEW, Admission.NEW]
        store.remember({one: b"1", other: b"2"})
        write(store, CONVERSATIONS, interaction(identifiers=(one,), subject=one))
        write(store, CUSTOMERS, change(customer(one, one), customer(other, other)))
        write(store, DEAD_LETTERS, letter(one), letter(other))
        assert store.positions(other) == {}
        assert store.load(one, [one, other]) == {one: b"1", other: b"2"}
        assert (store.is_sent(one), store.is_sent(other)) == (True, False)
        assert (store.recall(one), store.recall(other)) == (b"1", b"2")
        assert read(CONVERSATIONS, "i1") == interaction(identifiers=(one,), subject=one)
        assert read(CUSTOMERS, one) == customer(one, one)
        assert read(DEAD_LETTERS, other) == letter(other)
        with store.transaction():
            store.settle(one)
            store.save(one, {one: None})
            assert store.admit([(one, "1"), (other, "1")]) == [Admission.KNOWN, Admission.REUSED]
        assert store.load(one, [one, other]) == {other: b"2"}
        assert read(DEAD_LETTERS, one) is None

    def test_an_input_comes_in_once_and_another_content_under_its_id_not_at_all(
        self, store: Store
    ) -> None:
        with store.transaction():
            assert store.admit([]) == []
            assert store.admit([("a", "1"), ("a", "1"), ("b", "1")]) == [
                Admission.NEW,
                Admission.KNOWN,
                Admission.NEW,
            ]
        with store.transaction():
            assert store.admit([("a", "1"), ("b", "2"), ("c", "3"), ("c", "4")]) == [
                Admission.KNOWN,
                Admission.REUSED,
                Admission.NEW,
                Admission.REUSED,
            ]

    def test_an_input_of_a_transaction_that_failed_is_new_again(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012  # a transaction has many
            store.admit([("a", "1")])
            raise ZeroDivisionError
        with store.transaction():
            assert store.admit([("a", "2")]) == [Admission.NEW]

    def test_a_fence_holds_for_the_partitions_that_it_names_and_for_no_other(
        self, store: Store
    ) -> None:
        with store.transaction():
            store.advance("tag", {"t/0": None, "u/0": None}, {"t/0": 3})
        with store.transaction():
            store.advance("tag", {"t/1": None, "u/1": None}, {"u/1": 7})
        with pytest.raises(Conflict), store.transaction():
            store.advance("tag", {"u/0": None, "t/0": 2}, {"u/0": 1})
        with pytest.raises(Conflict), store.transaction():
            store.advance("tag", {"u/1": None}, {"t/2": 1})
        with pytest.raises(Conflict), store.transaction():
            store.advance("tag", {}, {"t/0": 4})
        assert store.positions("tag") == {"t/0": 3, "u/1": 7}

    def test_a_stage_rewinds_to_what_it_has_passed_and_never_ahead(self, store: Store) -> None:
        with store.transaction():
            store.advance("tag", {}, {"a": 3, "b": 5})
        with store.transaction():
            store.rewind("tag", {"a": 9, "b": 2, "c": 1})
        assert store.positions("tag") == {"a": 3, "b": 2}

    def test_positions_start_empty_and_move_by_partition(self, store: Store) -> None:
        assert store.positions("tag") == {}
        with store.transaction():
            store.advance("tag", {}, {"a": 3})
        with store.transaction():
            store.advance("tag", {"a": 3}, {"a": 3, "b": 1})
        assert store.positions("tag") == {"a": 3, "b": 1}
        assert store.positions("watch") == {}

    @pytest.mark.parametrize("stale", [{}, {"a": 2}, {"a": 3, "b": 1}, {"b": 3}])
    def test_a_stale_fence_is_a_conflict_and_nothing_of_its_batch_stays(
        self, store: Store, read: Read, stale: dict[str, int]
    ) -> None:
        with store.transaction():
            store.advance("tag", {}, {"a": 3})
        with pytest.raises(Conflict), store.transaction():  # noqa: PT012  # a transaction has many
            store.save("tag", {"k": b"late"})
            store.materialise(LEDGER, [entry()])
            store.advance("tag", stale, {"a": 9})
        assert store.positions("tag") == {"a": 3}
        assert store.load("tag", ["k"]) == {}
        assert read(LEDGER, "acme/i1") is None

    def test_a_transaction_that_fails_leaves_everything_as_it_was(
        self, store: Store, read: Read
    ) -> None:
        write(store, CONVERSATIONS, interaction(revision=1))
        with store.transaction():
            store.save("tag", {"k": b"1"})
            store.materialise(DEAD_LETTERS, [letter("d0")])
        with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012  # a transaction has many
            store.advance("tag", {}, {"a": 1})
            store.save("tag", {"k": None})
            store.materialise(CONVERSATIONS, [interaction(revision=2)])
            store.materialise(TAGGED, [tagged()])
            store.materialise(CUSTOMERS, [change(customer("c1", ANA))])
            store.materialise(ALERTS, [alert()])
            store.settle("d0")
            store.mark_sent("n1")
            store.reset(["tag"], [CONVERSATIONS])
            raise ZeroDivisionError
        assert store.positions("tag") == {}
        assert store.load("tag", ["k"]) == {"k": b"1"}
        assert read(CONVERSATIONS, "i1") == interaction(revision=1)
        assert read(DEAD_LETTERS, "d0") == letter("d0")
        assert not store.is_sent("n1")
        for topic, key in ((TAGGED, "u1"), (CUSTOMERS, "c1"), (ALERTS, "a1")):
            assert read(topic, key) is None

    def test_a_transaction_inside_another_is_part_of_it(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012  # a transaction has many
            with store.transaction():
                store.save("tag", {"k": b"1"})
            raise ZeroDivisionError
        assert store.load("tag", ["k"]) == {}

    @pytest.mark.parametrize(
        ("topic", "key", "old", "new"),
        [
            (CONVERSATIONS, "i1", interaction(revision=3), interaction(revision=4)),
            (TAGGED, "u1", tagged(version=1), tagged(version=2, text="corrected")),
            (ALERTS, "a1", alert(revision=1), alert(revision=2)),
            (LEDGER, "acme/i1", entry(revision=5), entry(revision=6)),
        ],
    )
    def test_an_older_revision_never_wins(
        self, store: Store, read: Read, topic: Topic, key: str, old: Contract, new: Contract
    ) -> None:
        write(store, topic, old)
        assert read(topic, key) == old
        write(store, topic, new, old)
        assert read(topic, key) == new
        write(store, topic, old)
        assert read(topic, key) == new

    def test_of_two_tellings_of_an_utterance_with_one_version_the_first_stays(
        self, store: Store, read: Read
    ) -> None:
        write(store, TAGGED, tagged(text="first"), tagged(text="second"))
        assert read(TAGGED, "u1") == tagged(text="first")

    def test_an_answer_of_the_same_revision_may_take_the_place_of_the_former(
        self, store: Store, read: Read
    ) -> None:
        write(store, CONVERSATIONS, interaction(), interaction(subject="mended"))
        assert read(CONVERSATIONS, "i1") == interaction(subject="mended")

    def test_an_older_cluster_does_not_undo_a_newer_one(self, store: Store, read: Read) -> None:
        newer = customer("c1", ANA, BO, revision=4)
        write(store, CUSTOMERS, change(newer), change(customer("c1", ANA, revision=3)))
        assert read(CUSTOMERS, "c1") == newer

    def test_a_customer_who_is_gone_is_gone(self, store: Store, read: Read) -> None:
        write(store, CUSTOMERS, change(customer("c1", ANA), customer("c2", BO)))
        write(store, CUSTOMERS, change(customer("c1", ANA, BO, revision=2), gone=("c2",)))
        assert read(CUSTOMERS, "c2") is None

    def test_answers_of_engines_are_remembered(self, store: Store) -> None:
        assert store.recall("k") is None
        store.remember({"k": b"1", "l": b"2"})
        store.remember({"k": b"3"})
        store.remember({})
        assert (store.recall("k"), store.recall("l")) == (b"3", b"2")

    def test_a_notification_is_marked_as_sent_for_good(self, store: Store) -> None:
        for _ in range(2):
            with store.transaction():
                store.mark_sent("n1")
        with store.transaction():
            store.reset(["notify", "watch"], [ALERTS])
        assert store.is_sent("n1")
        assert not store.is_sent("n2")

    def test_a_settled_dead_letter_is_off_the_list_and_may_come_again(
        self, store: Store, read: Read
    ) -> None:
        write(store, DEAD_LETTERS, letter())
        with store.transaction():
            store.settle("d1")
            store.settle("never")
        assert read(DEAD_LETTERS, "d1") is None
        write(store, DEAD_LETTERS, letter(attempt=2))
        assert read(DEAD_LETTERS, "d1") == letter(attempt=2)

    def test_a_reset_forgets_what_these_stages_derived_and_nothing_else(
        self, store: Store, read: Read
    ) -> None:
        write(store, CONVERSATIONS, interaction(revision=9))
        write(store, CUSTOMERS, change(customer("c1", ANA, revision=9)))
        write(store, LEDGER, entry())
        store.remember({"k": b"1"})
        with store.transaction():
            for stage in ("assemble", "resolve", "ledger"):
                store.advance(stage, {}, {"a": 1})
                store.save(stage, {"k": b"1"})
        with store.transaction():
            store.reset(["assemble", "resolve"], [CONVERSATIONS, CUSTOMERS])
        assert store.positions("assemble") == store.positions("resolve") == {}
        assert store.load("assemble", ["k"]) == {}
        assert read(CONVERSATIONS, "i1") is None
        assert read(CUSTOMERS, "c1") is None
        assert store.positions("ledger") == {"a": 1}
        assert store.load("ledger", ["k"]) == {"k": b"1"}
        assert read(LEDGER, "acme/i1") == entry()
        assert store.recall("k") == b"1"
        write(store, CONVERSATIONS, interaction(revision=1))
        assert read(CONVERSATIONS, "i1") == interaction(revision=1)


def test_of_two_that_commit_at_once_one_wins_each_time_and_none_is_lost(
    read_home: ReadHome,
) -> None:
    failed: list[BaseException] = []

    def count_up(store: Store, times: int) -> None:
        try:
            done = 0
            while done < times:
                expected = store.positions("count")
                held = int(store.load("count", ["sum"]).get("sum", b"0"))
                try:
                    with store.transaction():
                        store.advance("count", expected, {"a": expected.get("a", 0) + 1})
                        store.save("count", {"sum": str(held + 1).encode()})
                except Conflict:
                    continue
                done += 1
        except BaseException as error:  # noqa: BLE001  # told to the main thread
            failed.append(error)

    threads = [threading.Thread(target=count_up, args=(read_home.store(), 40)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    store = read_home.store()
    assert store.load("count", ["sum"]) == {"sum": b"120"}
    assert store.positions("count") == {"a": 120}
