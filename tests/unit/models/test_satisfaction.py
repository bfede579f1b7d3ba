"""The estimate of satisfaction follows what was said, and by whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.catalogue import PACKAGED, SATISFACTION
from models.satisfaction import SatisfactionRater, overall
from models.satisfaction_text import features_of
from models.training.satisfaction import fit, read_dialogues
from schemas.errors import ConfigError
from schemas.satisfaction import Said
from schemas.utterance import Sentiment

GLAD = Sentiment(negative=0.02, neutral=0.18, positive=0.8)
CROSS = Sentiment(negative=0.8, neutral=0.18, positive=0.02)
SERVED = [
    Said(True, "I need a table for two tonight"),
    Said(False, "Your table is booked for 8 pm. Anything else?"),
    Said(True, "That is perfect, thank you so much!", GLAD),
]
REFUSED = [
    Said(True, "I need a table for two tonight"),
    Said(False, "Sorry, there are no tables available."),
    Said(True, "No, I said I need a table tonight. Try another time.", CROSS),
    Said(False, "I am sorry, I do not have anything that matches."),
    Said(True, "No, this is not what I asked for.", CROSS),
]


@pytest.fixture(scope="module")
def rater() -> SatisfactionRater:
    return SatisfactionRater(PACKAGED / SATISFACTION.name)


def test_who_got_what_they_asked_for_seems_more_satisfied(rater: SatisfactionRater) -> None:
    served, refused = rater(SERVED), rater(REFUSED)
    assert served is not None
    assert refused is not None
    assert 1 <= refused.score < 3 < served.score <= 5
    assert (served.turns, refused.turns) == (2, 3)
    assert served.engine == rater.name


def test_without_a_word_of_the_customer_there_is_no_estimate(rater: SatisfactionRater) -> None:
    assert rater([Said(False, "Hello?")]) is None


def test_repeating_oneself_is_seen() -> None:
    first, again = features_of(
        [Said(True, "where is my parcel"), Said(False, "Hi!"), Said(True, "where is my parcel??")]
    )
    assert first["repeats"] == 0
    assert again["repeats"] == 1


def test_how_it_ended_weighs_more_than_how_it_began() -> None:
    assert overall([1, 5, 5, 5]) > 4 > 2 > overall([5, 1, 1, 1])


def test_weights_that_differ_from_the_catalogue_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.json").write_text("{}")
    with pytest.raises(ConfigError, match="not the file we know"):
        SatisfactionRater(tmp_path)


def test_training_reads_rated_dialogues_and_learns_from_them(tmp_path: Path) -> None:
    path = tmp_path / "DESK.txt"
    good = "USER\tI need a desk\tDesk-Inform\t3,3,3\nSYSTEM\tIt is booked\t\t\n"
    good += "USER\tGreat, thank you!\t\t4,5,4\nUSER\tOVERALL\t\t4,4,4\n"
    bad = "USER\tI need a desk\tDesk-Inform\t3,3,3\nSYSTEM\tSorry, not available\t\t\n"
    bad += "USER\tNo, I said a desk\t\t2,1,2\nUSER\tOVERALL\t\t2,2,2\n"
    path.write_text("\n".join([good, bad] * 10), "utf-8")
    dialogues = read_dialogues(path, lambda text: None)
    assert [one.domain for one in dialogues[:2]] == ["DESK: Desk", "DESK: Desk"]
    assert dialogues[0].overall == (4, 4, 4)
    weights = fit(dialogues)
    ends = [list(features_of(one.said))[-1] for one in dialogues[:2]]
    assert weights.score(ends[0]) > weights.score(ends[1])
    assert fit(dialogues) == weights
