from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.query import parse, split_scope, to_text
from processors.query.ast import (
    After,
    And,
    Before,
    Between,
    Customer,
    Everything,
    First,
    Is,
    Near,
    Not,
    Or,
    Prefix,
    Query,
    Said,
    Words,
    all_of,
)
from schemas.errors import QueryError
from tests.contract.search_cases import queries

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Everything()),
        ("  * ", Everything()),
        ("refund", Words("refund")),
        ('"my account"', Words("my account")),
        ("“my account”", Words("my account")),
        (r'"say \"hi\" \\ there"', Words(r'say "hi" \ there')),
        ('"cancel account"~3', Words("cancel account", 3)),
        ("refun*", Prefix("refun")),
        ('a NEAR/5 "b c" NEAR/5 d', Near(("a", "b c", "d"), 5)),
        ("a b AND c", And((Words("a"), Words("b"), Words("c")))),
        ("a b OR c d", Or((And((Words("a"), Words("b"))), And((Words("c"), Words("d")))))),
        ("a (b c)", And((Words("a"), Words("b"), Words("c")))),
        ("NOT a b", And((Not(Words("a")), Words("b")))),
        ("-a NOT NOT b", And((Not(Words("a")), Not(Not(Words("b")))))),
        ("NOT (a OR b)", Not(Or((Words("a"), Words("b"))))),
        ("and or not", And((Words("and"), Words("or"), Words("not")))),
        ("e-mail don't", And((Words("e-mail"), Words("don't")))),
        ("Speaker:Customer", Is("speaker", "customer")),
        ('contact_type:"billing question"', Is("contact_type", "billing question")),
        ("category:billing/refund", Is("category", "billing/refund")),
        ("sentiment:<-0.3", Between("sentiment", None, -0.3, high_open=True)),
        ("sentiment:>=.5", Between("sentiment", 0.5, None)),
        ("sentiment:[-1 TO -0.3}", Between("sentiment", -1, -0.3, high_open=True)),
        ("sentiment:[* TO *]", Between("sentiment")),
        ("duration:>5m", Between("duration", 300, None, low_open=True)),
        ("first:30s", First(30)),
        ("after:2026-11-01", After(datetime(2026, 11, 1, tzinfo=UTC))),
        ("before:2026-11-01T09:30", Before(datetime(2026, 11, 1, 9, 30, tzinfo=UTC))),
        ("before:2026-11-01T09:30+02:00", Before(datetime(2026, 11, 1, 7, 30, tzinfo=UTC))),
        ("after:7d", After(NOW - timedelta(days=7))),
        ("after:yesterday", After(datetime(2026, 11, 21, tzinfo=UTC))),
        ('agent:"so sorry"~2', Said("agent", Words("so sorry", 2))),
        ("customer_said:cancel*", Said("customer", Prefix("cancel"))),
        ("customer:c-1 refund", And((Customer("c-1"), Words("refund")))),
    ],
)
def test_a_query_parses(text: str, query: Query) -> None:
    assert parse(text, NOW) == query
    assert parse(to_text(query), NOW) == query


@pytest.mark.parametrize(
    ("text", "carets", "says"),
    [
        ("(a b", "^   ", "not closed"),
        ("a)", " ^", "closes nothing"),
        ("()", " ^", "something must stand before )"),
        ('say "hello', "    ^", "not closed"),
        ("a AND", "  ^^^", "must follow AND"),
        ("OR a", "^^", "must stand before OR"),
        ("a NOT", "  ^^^", "must follow NOT"),
        ("ab*", "^^^", "at least 3 letters"),
        ("re*nd", "^^^^^", "only at the end"),
        ("x !!!", "  ^^^", "no letter or digit"),
        ('""', "^^", "no letter or digit"),
        ("a NEAR/x b", "      ^^", "number of words"),
        ("a NEAR/5", "  ^^^^^^", "between two words"),
        ("a NEAR/5 b NEAR/6 c", "           ^^^^^^", "the same"),
        ('"a b"~999', "     ^^^^", "number of words"),
        ("speaker:custmer", "        ^^^^^^^", "did you mean customer"),
        ("sentimnt:<0", "^^^^^^^^^^^", "did you mean sentiment"),
        ("https://x", "^^^^^^^^^", "Quote the text"),
        ("sentiment:-0.3", "          ^^^^", "sentiment:<-0.3"),
        ("sentiment:<-0.33333", "          ^^^^^^^^^", "bound or a range"),
        ("sentiment:[1 TO 2", "          ^", "range is not closed"),
        ("sentiment: <0", "^^^^^^^^^^", "no value"),
        ("after:soon", "      ^^^^", "2026-11-01"),
        ("after:999999999w", "      ^^^^^^^^^^", "2026-11-01"),
        ("first:30", "      ^^", "first:30s"),
        ('channel:"chat"~2', "        ^^^^^^^^", "goes with text"),
        ("refund OR customer:ana", "          ^^^^^^^^^^^^", "narrows the whole search"),
        ("NOT duration:>5m", "    ^^^^^^^^^^^^", "narrows the whole search"),
        ("a within:15s b", "  ^^^^^^^^^^", "not there yet"),
        ("a THEN/15s b", "  ^^^^^^^^", "not there yet"),
    ],
)
def test_an_error_points_at_the_characters(text: str, carets: str, says: str) -> None:
    with pytest.raises(QueryError) as error:
        parse(text, NOW)
    assert says in str(error.value)
    assert error.value.pointer == f"{text}\n{carets.rstrip()}"


@pytest.mark.parametrize("text", ["(" * 40 + "a" + ")" * 40, "NOT " * 40 + "a", "a " * 101])
def test_a_query_out_of_all_proportion_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        parse(text, NOW)


def test_a_query_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(QueryError, match="4,000"):
        parse("a" * 4001, NOW)


@given(queries)
def test_a_query_printed_parses_to_the_same_tree(query: Query) -> None:
    assert parse(to_text(query), NOW) == query


def fault(text: str) -> QueryError | None:
    """Parse a text that must print back where it parses; give the error where it does not."""
    try:
        query = parse(text, NOW)
    except QueryError as error:
        return error
    assert parse(to_text(query), NOW) == query
    return None


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_parses_or_says_where_it_does_not(text: str) -> None:
    error = fault(text)
    assert error is None or 0 <= error.position < error.position + error.length <= len(text)


OPERATORS = ("ab", "refund", '"', "(", ")", "AND", "OR", "NOT", "NEAR/3", "THEN/2", "~2", "-", "*")


@given(st.lists(st.sampled_from((*OPERATORS, "sentiment:", "<-0.3", "[", "TO", "]")), max_size=12))
def test_any_mix_of_operators_parses_or_says_where_it_does_not(words: list[str]) -> None:
    for text in (" ".join(words), "".join(words)):
        error = fault(text)
        assert error is None or 0 <= error.position < error.position + error.length <= len(text)


def test_what_asks_for_interactions_is_taken_out_of_the_query() -> None:
    scope = split_scope(parse("refund customer:c-1 duration:>5m channel:voice", NOW))
    assert scope.customers == ("c-1",)
    assert scope.durations == (Between("duration", 300, None, low_open=True),)
    assert scope.rest == all_of([Words("refund"), Is("channel", "voice")])
    assert scope.narrows
    assert not split_scope(Words("refund")).narrows
    assert split_scope(Customer("c-1")).rest == Everything()
