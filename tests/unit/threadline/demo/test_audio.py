from __future__ import annotations

import re
from random import Random

import numpy as np

from infra.audio import RATE, decode, probe
from threadline.demo.calls import AUDIO
from threadline.demo.people import agent_named, make_people
from threadline.demo.scripts import OUTAGE_DAY, QUERY, SCRIPTS, STAR

DIGITS = {
    word: str(digit)
    for digit, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
}


def _digits_said(text: str) -> str:
    return "".join(DIGITS.get(word, "") for word in re.findall(r"[a-z]+", text.lower()))


def _passes_luhn(number: str) -> bool:
    doubled = [int(d) * (2 if index % 2 else 1) for index, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def test_there_is_a_recording_of_every_script_and_no_other() -> None:
    assert {path.stem for path in AUDIO.glob("*.wav")} == {script.name for script in SCRIPTS}
    assert len(SCRIPTS) >= 12


def test_recordings_are_short_stereo_at_8_khz_and_small_together() -> None:
    for path in AUDIO.glob("*.wav"):
        info = probe(path)
        assert (info.sample_rate, info.channels) == (8_000, 2)
        assert 15 <= info.duration_s <= 35
    assert sum(path.stat().st_size for path in AUDIO.iterdir()) <= 6_000_000


def test_both_sides_speak_and_are_silent_while_the_other_does() -> None:
    for path in AUDIO.glob("*.wav"):
        samples = np.stack([decode(path, 0), decode(path, 1)], axis=1)
        tenth = RATE // 10
        tenths = samples[: len(samples) // tenth * tenth].reshape(-1, tenth, 2)
        loud = np.sqrt((tenths**2).mean(axis=1)) > 0.01
        alone = loud[:, 0] != loud[:, 1]
        assert loud.any(axis=0).all()
        assert alone.mean() > 0.5


def test_some_calls_have_a_hold_and_some_have_both_talking_at_once() -> None:
    gaps = [[line.gap_s for line in script.lines] for script in SCRIPTS]
    assert sum(max(each) > 2 for each in gaps) >= 3
    assert sum(min(each) < 0 for each in gaps) >= 3


def test_every_mood_is_heard() -> None:
    assert {script.mood for script in SCRIPTS} == {"negative", "neutral", "positive"}


def test_a_card_number_and_the_callers_own_number_are_spoken() -> None:
    said = [
        (script.customer, digits)
        for script in SCRIPTS
        for line in script.lines
        if len(digits := _digits_said(line.text)) > 4
    ]
    (card,) = (digits for _, digits in said if len(digits) == 16)
    ((caller, number),) = (one for one in said if len(one[1]) == 10)
    assert _passes_luhn(card)
    assert number == _own_number(caller)


def _own_number(name: str) -> str:
    (person,) = (person for person in make_people(Random(7)) if person.name == name)
    return person.phone.removeprefix("phone:+1")


def test_the_query_is_said_by_the_star_on_the_outage_day() -> None:
    phrase = QUERY.strip('"')
    calls = [
        script
        for script in SCRIPTS
        if any(line.side == "customer" and phrase in line.text for line in script.lines)
    ]
    assert [(call.customer, call.day) for call in calls] == [(STAR, OUTAGE_DAY)]


def test_every_agent_in_the_calls_works_for_the_company_on_that_queue() -> None:
    for script in SCRIPTS:
        assert script.queue in agent_named(script.agent).queues
