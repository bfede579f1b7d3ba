from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.redaction import DEFAULT_POLICY, Action, Policy, Sensitive, redact
from schemas.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my card is 4111 1111 1111 1111", "my card is [card]"),
        ("4111-1111-1111-1111 please", "[card] please"),
        ("4111/1111/1111/1111", "[card]"),
        ("$4111 1111 1111 1111", "$[card]"),
        ("٤١١١ ١١١١ ١١١١ ١١١١", "[card]"),
        (
            "four double one one, double one double one, one one one one, one one one one",
            "[card]",
        ),
        ("forty-one eleven eleven eleven eleven eleven eleven eleven", "[card]"),
        ("It is for 111-111111111111111111111.", "It is [card]."),
        (
            "the three digits on the back are one two three",
            "the three digits on the back are [cvv]",
        ),
        ("cvv 123", "cvv [cvv]"),
        ("The expiry date is 1128", "The expiry date is [expiry]"),
        ("my card expires November 2028", "my card expires [expiry]"),
        ("4111 1111 1111 1111 11/28 123", "[card] [expiry] [cvv]"),
        ("send it to GB82 WEST 1234 5698 7654 32 thanks", "send it to [iban] thanks"),
        ("my ssn is 078-05-1120", "my ssn is [ssn]"),
        ("social is oh seven eight oh five one one two oh", "social is [ssn]"),
        ("last four of my social: 1234", "last four of my social: [ssn]"),
        ("account number is 12345678", "account number is [account]"),
        ("twelve thirty four is my pin", "[pin] is my pin"),
        ("my pin is 1984", "my pin is [pin]"),
        ("my password is hunter2!", "my password is [password]!"),
        ("password: swordfish", "password: [password]"),
        ("the password is rosebud 123", "the password is [password]"),
        ("and password 25455", "and password [password]"),
        ("call me on (212) 555-0187 x12", "call me on [phone]"),
        ("it's +44 20 7946 0958", "it's [phone]"),
        ("my number is 07911 123456", "my number is [phone]"),
        ("two one two five five five oh one eight seven", "[phone]"),
        ("write to jane.doe@example.com.", "write to [email]."),
        ("jane dot doe at example dot com", "[email]"),
        ("j a n e 42 at gmail dot com", "[email]"),
        ("jane at example.com is my email", "[email] is my email"),
    ],
)
def test_sensitive_values_are_masked_however_they_are_written(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "it was forty five dollars in twenty twenty four",
        "I waited 30 minutes on the 3rd of March",
        "v1.2.3 at 10:30 on 2024-01-02 for $1,234.56",
        "my card was charged 1,250.00 twice, that is 2500 euros",
        "my account has been open since 2015",
        "order one one five eight two please",
        "between 2016 and 2018 sales grew 120 percent",
        "my password is not working",
        "can I raise my credit limit from 1000 to 2000 please",
        "I reset my password 3 times in 20 minutes",
        "my password is still wrong after 48 hours",
        "look at amazon dot com",
        "one of the two cards has not arrived in three weeks",
        "I want 12 boxes of 144 pieces for order 88123",
        "server 192.168.10.254 is down, error 500",
        "my pin has been blocked for 24 hours",
        "https://example.com/t/4155550123456",
    ],
)
def test_harmless_numbers_are_left_alone(text: str) -> None:
    assert redact(text).text == text


@pytest.mark.parametrize(
    ("context", "text", "expected"),
    [
        ("And the three digits on the back?", "One two three.", "[cvv]."),
        ("Can I have your account number please?", "It is 7-7-294-10.", "It is [account]."),
        ("What is your password?", "hunter2", "[password]"),
        ("Could you read me the card number?", "4111 1111", "[card]"),
        ("And your email?", "jane at example dot com", "[email]"),
    ],
)
def test_the_question_asked_before_serves_as_a_cue(context: str, text: str, expected: str) -> None:
    assert redact(text, context=context).text == expected
    assert redact(text).text != expected or text.startswith("jane dot")


def test_spans_stand_where_the_masks_stand() -> None:
    answer = redact("card 4111 1111 1111 1111, 11/28, 123; mail a.b@example.com")
    assert [answer.text[span.start : span.end] for span in answer.spans] == [
        "[card]",
        "[expiry]",
        "[cvv]",
        "[email]",
    ]
    assert [span.type for span in answer.spans] == ["card", "expiry", "cvv", "email"]


def test_a_kept_kind_stays_and_the_others_go() -> None:
    policy = Policy(actions={Sensitive.EMAIL: Action.KEEP})
    answer = redact("a.b@example.com, cvv 123", policy=policy)
    assert answer.text == "a.b@example.com, cvv [cvv]"


def test_a_dropped_value_leaves_an_empty_span() -> None:
    answer = redact("cvv 123.", policy=Policy(actions={Sensitive.CVV: Action.DROP}))
    assert answer.text == "cvv ."
    assert (answer.spans[0].start, answer.spans[0].end) == (4, 4)


def test_the_same_card_written_and_spoken_hashes_alike_and_salts_differ() -> None:
    def hashed(text: str, salt: str) -> str:
        return redact(text, policy=Policy(actions={Sensitive.CARD: Action.HASH}, salt=salt)).text

    spoken = "four one one one " + "one " * 12
    assert hashed("4111-1111-1111-1111", "s") == hashed(spoken, "s").strip()
    assert hashed("4111-1111-1111-1111", "s") != hashed("4111-1111-1111-1111", "t")


def test_hashing_without_a_salt_is_refused() -> None:
    with pytest.raises(ConfigError, match="salt"):
        Policy(actions={Sensitive.CARD: Action.HASH})


_DIGITS = "zero one two three four five six seven eight nine".split()  # noqa: SIM905  # readable


def _luhn_card(body: str) -> str:
    total = 0
    for index, sign in enumerate(reversed(body)):
        digit = int(sign) * (2 if index % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return body + str(-total % 10)


def _double_up(digits: str) -> str:
    words: list[str] = []
    at = 0
    while at < len(digits):
        if digits[at : at + 2] == digits[at] * 2:
            words.append(f"double {_DIGITS[int(digits[at])]}")
            at += 2
        else:
            words.append(_DIGITS[int(digits[at])])
            at += 1
    return " ".join(words)


_CARDS = st.text("0123456789", min_size=15, max_size=15).map(_luhn_card)
_FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "spaced": lambda card: " ".join(card[at : at + 4] for at in range(0, 16, 4)),
    "dashed": lambda card: "-".join(card[at : at + 4] for at in range(0, 16, 4)),
    "digit by digit": " ".join,
    "spoken": lambda card: " ".join(_DIGITS[int(digit)] for digit in card),
    "spoken with doubles": _double_up,
}
_AROUND = st.sampled_from(["", "it is ", "I paid 20 dollars with ", "Visa, ", "on 3 May 2024: "])


@pytest.mark.parametrize("form", _FORMS)
@given(card=_CARDS, before=_AROUND, after=st.sampled_from(["", ".", " thanks", ", expiry 11/28"]))
def test_no_card_of_sixteen_digits_gets_through(
    form: str, card: str, before: str, after: str
) -> None:
    written = _FORMS[form](card)
    answer = redact(before + written + after)
    assert written not in answer.text
    assert "[card]" in answer.text
    left = answer.text.replace(before, "", 1).removesuffix(after)
    assert not any(sign.isdigit() for sign in left.replace("11/28", ""))


_PIECES = st.sampled_from(
    [
        *_DIGITS,
        *(
            "double",
            "triple",
            "oh",
            "thirty",
            "hundred",
            "for",
            "to",
            "and",
            "my",
            "is",
            "at",
            "dot",
        ),
        *("card", "cvv", "expiry", "account number", "pin", "password", "phone", "ssn", "email"),
        *(
            "4111",
            "1111",
            "123",
            "11/28",
            "2024",
            "078-05-1120",
            "a@example.com",
            "+1 212 555 0187",
        ),
        *("[card]", "[cvv]", "[", "]", ",", ".", "-", "\n", "$", "x", "?"),
    ]
)
_TEXTS = st.lists(_PIECES, max_size=30).map(" ".join) | st.text(max_size=60)
_ACTIONS = st.dictionaries(st.sampled_from(Sensitive), st.sampled_from(Action))


@given(text=_TEXTS, context=_TEXTS, actions=_ACTIONS)
def test_redacting_twice_changes_nothing(
    text: str, context: str, actions: dict[Sensitive, Action]
) -> None:
    policy = Policy(actions=actions, salt="salt")
    once = redact(text, context=context, policy=policy)
    assert redact(once.text, context=context, policy=policy).text == once.text


@given(text=_TEXTS)
def test_everything_outside_the_spans_is_the_text_as_it_came(text: str) -> None:
    answer = redact(text)
    at = 0
    rest: list[str] = []
    for span in answer.spans:
        assert answer.text[span.start : span.end] == f"[{span.type}]"
        rest.append(answer.text[at : span.start])
        at = span.end
    rest.append(answer.text[at:])
    place = 0
    for piece in rest:
        place = text.index(piece, place) + len(piece)


def test_the_default_masks_every_kind_but_names() -> None:
    masked = {kind for kind in Sensitive if DEFAULT_POLICY.action(kind) is Action.MASK}
    assert masked == set(Sensitive) - {Sensitive.NAME}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my date of birth is June 15, one nine eight six", "my date of birth is [birth]"),
        ("DOB: 04/12/1985", "DOB: [birth]"),
        ("I live at 412 Rose Drive, Springfield, TX 75001", "I live at [address]"),
        ("my new address is 89 cesar street", "my new address is [address]"),
        ("the zip code is 53140", "the zip code is [address]"),
        ("AB 12 34 56 C is my insurance number", "[national] is my insurance number"),
        ("DNI 12345678Z", "DNI [national]"),
        ("Jana Kováčová lives at 33 Náměstí street", "Jana Kováčová lives at [address]"),
    ],
)
def test_personal_details_are_masked(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "it took 20 minutes down the road",
        "my order number is 5286",
        "we met 3 times on Main Street",
        "what is 1234 + 5678",
        "DNI 12345678A",
        "I was told it ships in June",
    ],
)
def test_what_only_looks_like_a_personal_detail_stays(text: str) -> None:
    assert redact(text).text == text


def test_names_are_masked_when_asked() -> None:
    policy = Policy(actions={Sensitive.NAME: Action.MASK})
    assert redact("Hi, my name is Ana Diaz and my cvv is 123").text.startswith("Hi, my name is Ana")
    masked = redact("Hi, my name is Ana Diaz and my cvv is 123", policy=policy)
    assert masked.text == "Hi, my name is [name] and my cvv is [cvv]"
    answer = redact("Ana Diaz", context="May I have your name, please?", policy=policy)
    assert answer.text == "[name]"


@pytest.mark.parametrize(
    ("context", "text", "expected"),
    [
        ("", "7868", "[number]"),
        ("", "wanda stevens 4297", "wanda stevens [number]"),
        ("i lost my credit card\nwanda stevens", "4297", "[number]"),
        (
            "i want to see my bill",
            "my name is ram and it is 5478",
            "my name is ram and it is [account]",
        ),
        ("ssn please", "2025", "[ssn]"),
        ("my ssn was refused", "236", "[ssn]"),
        (
            "my account",
            "transfer 100 dollars from 2256 to 7894",
            "transfer 100 dollars from [account]",
        ),
        ("", "4.57e+15", "[card]"),
        ("", "the last four digits are 0039", "the last four digits are [number]"),
        ("", "jane 45 gmailcom", "[email]"),
    ],
)
def test_a_number_that_answers_is_masked_in_the_light_of_the_talk(
    context: str, text: str, expected: str
) -> None:
    assert redact(text, context=context).text == expected


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ("", "2018"),
        ("", "5000"),
        ("", "06152018"),
        ("your password?\n[password]", "it cost 1200"),
        ("", "flight 250 hotel 2500"),
        ("", "what happened to order 7868"),
    ],
)
def test_a_number_that_counts_or_dates_stays(context: str, text: str) -> None:
    assert redact(text, context=context).text == text
