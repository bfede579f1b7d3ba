from __future__ import annotations

from datetime import timedelta

import pytest

from processors.query import evaluate, highlight, parse
from processors.query.ast import Customer
from schemas.errors import QueryError
from schemas.events import Channel, Role
from tests.contract.search_cases import MONDAY, tagged


def matches(query: str, text: str) -> bool:
    return evaluate(parse(query, MONDAY), tagged(text))


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("refunds", "I was refunded", True),
        ('"my account"', "my old account", False),
        ('"my account"~1', "my old account", True),
        ('"account my"~1', "my old account", True),
        ('"my account"~1', "my very old account", False),
        ('"cancel my account"~0', "cancel my account", True),
        ('"cancel my account"~1', "cancel the my account", True),
        ("cancel NEAR/2 account", "cancel my old account", True),
        ("cancel NEAR/1 account", "cancel my old account", False),
        ('"my account" NEAR/1 cancel', "cancel that my account", True),
        ("a NEAR/1 b NEAR/1 c", "a b c", True),
        ("a NEAR/0 b NEAR/0 c", "a b c", False),
        ("happy*", "happiness", True),
        ("happy*", "so happy", True),
        ("refunded*", "a refund", True),
        ("refun*", "refunding", True),
        ("NOT refund", "hello", True),
        ("refund OR hello", "hello", True),
        ("refund hello", "hello", False),
    ],
)
def test_words_match(query: str, text: str, expected: bool) -> None:
    assert matches(query, text) is expected


def test_a_field_is_compared_without_regard_to_case_but_an_id_is_not() -> None:
    said = tagged("hi", categories=("Billing",), interaction="I-1", language="en", emotion="anger")
    assert evaluate(parse("category:billing language:EN emotion:Anger", MONDAY), said)
    assert evaluate(parse("interaction:I-1", MONDAY), said)
    assert not evaluate(parse("interaction:i-1", MONDAY), said)
    assert not evaluate(parse("contact_type:none", MONDAY), said)


def test_the_bounds_of_times_and_numbers() -> None:
    said = tagged("hi", score=-0.3, start_s=30.0)
    assert evaluate(parse("sentiment:<=-0.3 sentiment:[-0.3 TO 0]", MONDAY), said)
    assert not evaluate(parse("sentiment:<-0.3 OR sentiment:{-0.3 TO 0]", MONDAY), said)
    assert evaluate(parse("after:2026-11-02 NOT before:2026-11-02", MONDAY), said)
    assert not evaluate(parse("first:30s", MONDAY), said)
    assert evaluate(parse("first:30.001s", MONDAY), said)
    assert not evaluate(parse("first:9999d", MONDAY), tagged("typed, so without such a time"))
    assert evaluate(parse("after:1h", MONDAY + timedelta(hours=1)), said)


def test_what_a_role_said_is_not_what_another_said() -> None:
    sorry = tagged("so sorry", role=Role.AGENT, channel=Channel.VOICE)
    assert evaluate(parse("agent:sorry", MONDAY), sorry)
    assert not evaluate(parse("customer_said:sorry", MONDAY), sorry)
    assert highlight(parse("agent:sorry", MONDAY), "so sorry", "agent") == ((3, 8),)
    assert highlight(parse("agent:sorry", MONDAY), "so sorry", "customer") == ()


def test_an_utterance_cannot_answer_for_its_customer() -> None:
    with pytest.raises(QueryError):
        evaluate(Customer("c-1"), tagged("hi"))


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("refund NOT account", ["refund", "Refunds"]),
        ('"my account" OR account', ["my account"]),
        ("refund NEAR/0 my", ["my", "Refunds"]),
        ("acc*", ["account"]),
        ("channel:chat", []),
    ],
)
def test_what_is_said_is_highlighted(query: str, marked: list[str]) -> None:
    text = "A refund to, well, my account; Refunds my"
    if query.startswith("refund NEAR"):
        text = "A refund to my, Refunds please"
    spans = highlight(parse(query, MONDAY), text, "customer")
    assert [text[start:end] for start, end in spans] == marked
