"""Agent and customer are told by what they say; what says nothing stays unknown."""

from __future__ import annotations

import pytest

from processors.roles import are_two_people, roles_of
from schemas.events import Role

AGENT = ["Thank you for calling Northwind, how can I help you?", "May I have your account number?"]
CUSTOMER = ["Hi, I'm calling about my bill.", "Sure, it's one two three four five."]


def roles(*voices: list[str]) -> list[Role]:
    return [cast.role for cast in roles_of(voices)]


def test_who_greets_and_asks_is_the_agent_whoever_speaks_first() -> None:
    assert roles(AGENT, CUSTOMER) == [Role.AGENT, Role.CUSTOMER]
    assert roles(CUSTOMER, AGENT) == [Role.CUSTOMER, Role.AGENT]


@pytest.mark.parametrize(
    ("agent", "customer"),
    [
        ("Gracias por llamar, ¿en qué puedo ayudarle?", "Hola, llamo porque tengo un problema."),
        ("Bonjour, comment puis-je vous aider ?", "Bonjour, j'appelle parce que ça ne va pas."),
        ("Guten Tag, was kann ich für Sie tun?", "Ich rufe an, weil mein Anschluss tot ist."),
        ("Buongiorno, come posso aiutarla?", "Salve, chiamo per la mia bolletta."),
        ("Bom dia, em que posso ajudar?", "Bom dia, estou ligando porque não funciona."),
    ],
)
def test_the_plainest_cues_are_known_in_five_other_languages(agent: str, customer: str) -> None:
    assert roles([customer], [agent]) == [Role.CUSTOMER, Role.AGENT]


def test_small_talk_tells_nobodys_role() -> None:
    assert roles(["Hello.", "Yes."], ["Hello.", "Nice day."]) == [Role.UNKNOWN, Role.UNKNOWN]


def test_a_single_voice_has_a_role_where_it_is_plain() -> None:
    message = ["Hi, I'm calling about my order, I ordered a lamp and I have a problem with it."]
    assert roles(message) == [Role.CUSTOMER]
    assert roles(["It is twenty past nine."]) == [Role.UNKNOWN]


def test_the_more_is_said_the_surer_the_roles_are() -> None:
    little = roles_of([AGENT[1:], CUSTOMER[1:]])[0].confidence
    assert little < roles_of([AGENT, CUSTOMER])[0].confidence


def test_a_menu_is_a_machine_and_leaves_the_others_their_roles() -> None:
    menu = ["For billing press one. For anything else please stay on the line."]
    assert roles(menu, AGENT, CUSTOMER) == [Role.BOT, Role.AGENT, Role.CUSTOMER]


def test_a_third_voice_stays_unknown() -> None:
    assert roles(AGENT, CUSTOMER, ["Dinner is ready."])[2] is Role.UNKNOWN


def test_nobody_is_cast_without_a_voice() -> None:
    assert roles_of([]) == ()
    assert roles([]) == [Role.UNKNOWN]


@pytest.mark.parametrize(
    ("voices", "expected"),
    [
        ([AGENT, CUSTOMER], True),
        ([CUSTOMER[:1], CUSTOMER[1:]], False),
        ([AGENT[:1], AGENT[1:]], False),
        ([["Hello."], ["Yes."]], False),
    ],
)
def test_voices_that_sound_alike_are_two_people_only_if_they_talk_so(
    voices: list[list[str]], *, expected: bool
) -> None:
    assert are_two_people(voices) is expected
