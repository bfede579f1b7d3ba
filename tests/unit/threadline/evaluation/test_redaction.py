from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from processors.redaction.checksums import luhn
from schemas.errors import InvalidEvent
from threadline.evaluation.lab import Lab
from threadline.evaluation.make_card_calls import card as made_up
from threadline.evaluation.make_card_calls import plans
from threadline.evaluation.redaction import TASK
from threadline.evaluation.redaction_calls import Digit, Reference, _compare
from threadline.evaluation.task import Figure
from threadline.settings import load_settings


def figures(data: Path) -> dict[str, Figure]:
    lab = Lab(load_settings(data.parent / "home", {}), rounds=50)
    return {figure.name: figure for figure in TASK.run(data, lab).figures}


def test_values_are_hidden_or_visible_and_hits_in_clean_lines_are_false(tmp_path: Path) -> None:
    card = {"type": "CREDIT_CARD", "start": 11, "end": 30}
    lines = [
        {"text": "my card is 4111 1111 1111 1111", "spans": [card]},
        {"text": "code A77B", "spans": [{"type": "account", "start": 5, "end": 9}]},
        {"text": "nothing here", "spans": []},
        {"text": "write to a@example.com", "spans": []},
    ]
    data = tmp_path / "texts.jsonl"
    data.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    found = figures(data)
    assert found["card hidden"].value == 1.0
    assert found["account hidden"].value == 0.0
    assert found["false hits per 1,000 clean lines"].value == 500.0


def test_the_turns_before_are_context_and_end_with_the_conversation(tmp_path: Path) -> None:
    folder = tmp_path / "chats" / "bank"
    folder.mkdir(parents=True)
    rows = [
        ("c1", "0", "i lost my credit card", "O O O O O"),
        ("c1", "2", "237", "card_number"),
        ("c2", "0", "237", "card_number"),
    ]
    head = "conversationId\tturnNumber\tutterance\tslot-labels\n"
    text = head + "".join("\t".join(row) + "\n" for row in rows)
    (folder / "dev.tsv").write_text(text, "utf-8")
    assert figures(tmp_path / "chats")["card hidden"].value == 0.5


def test_a_span_without_an_end_is_named(tmp_path: Path) -> None:
    data = tmp_path / "texts.jsonl"
    data.write_text('{"text": "x", "spans": [{"type": "card", "start": 0}]}', "utf-8")
    with pytest.raises(InvalidEvent, match="a span has a type"):
        figures(data)


def test_a_call_without_words_leaves_nothing_and_mutes_nothing() -> None:
    truth = Reference(digits=(Digit(start=1.0, end=1.5), Digit(start=2.0, end=2.5)))
    outcome = _compare("call", truth, (), (), 9.0)
    assert (outcome.left, outcome.said_s, outcome.muted_s) == (0, 1.0, 0.0)


def test_cards_made_up_pass_the_check_and_plans_differ() -> None:
    rng = random.Random(3)  # made up
    for _ in range(50):
        assert luhn("".join(map(str, made_up(rng))))
    made = plans(["ann", "bob", "cat"])
    assert len({plan.name for plan in made}) == 12
    assert {plan.asked for plan in made} == {True, False}
    again = plans(["ann", "bob", "cat"], seed=1)
    assert {plan.rate for plan in again} == {8_000, 16_000}
    assert [plan.asked for plan in again] != [plan.asked for plan in made]
