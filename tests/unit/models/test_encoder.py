from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models.catalogue import PACKAGED
from models.encoder import TextEncoder
from schemas.answers import Encoding
from schemas.errors import ConfigError

FOLDER = PACKAGED / "utterance-encoder"
ANGRY = "My router has been offline since Monday and nobody helps me"
HAPPY = "Thank you so much, that was great!"
TEXTS = (ANGRY, HAPPY, "I want to close my account", "ok", "?", "Überall kaputt " * 30)


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder(FOLDER)


def figures(encoding: Encoding) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    said = encoding.sentiment
    assert said is not None
    return np.array(
        [
            said.negative,
            said.neutral,
            said.positive,
            encoding.emotion_confidence,
            encoding.complaint,
            *np.frombuffer(encoding.vector, dtype=np.int8),
        ],
        dtype=np.float64,
    )


def score(encoder: TextEncoder, text: str, language: str = "en") -> float:
    said = encoder.encode(text, language).sentiment
    assert said is not None
    return said.score


def test_anger_and_thanks_are_told_apart(encoder: TextEncoder) -> None:
    angry, happy = encoder.encode(ANGRY), encoder.encode(HAPPY)
    assert score(encoder, ANGRY) < -0.5 < 0.5 < score(encoder, HAPPY)
    assert (angry.complaint or 0) > 0.5 > (happy.complaint or 0)
    assert happy.emotion == "joy"


@pytest.mark.parametrize(
    ("language", "bad", "good"),
    [
        ("es", "Qué vergüenza de servicio, es horrible", "Muchas gracias, me encanta"),
        ("fr", "C'est nul, je suis très déçu, honte à vous", "Merci beaucoup, c'est super"),
        ("de", "Das ist eine Frechheit, so ein Mist", "Vielen Dank, das ist super"),
        ("it", "Che schifo, una vergogna", "Grazie mille, bellissimo"),
        ("pt", "Que raiva, odeio isso", "Muito obrigada, adorei, amo"),
    ],
)
def test_sentiment_is_told_in_six_languages(
    encoder: TextEncoder, language: str, bad: str, good: str
) -> None:
    assert score(encoder, bad, language) < -0.1 < 0.1 < score(encoder, good, language)


@pytest.mark.parametrize("language", ["es", "fr", "de", "it", "pt"])
def test_emotion_and_complaint_are_told_of_english_only(
    encoder: TextEncoder, language: str
) -> None:
    found = encoder.encode("Das geht gar nicht", language)
    assert (found.emotion, found.emotion_confidence, found.complaint) == (None, None, None)


def test_a_language_not_trained_on_gets_a_vector_only(encoder: TextEncoder) -> None:
    found = encoder.encode("Dit is een schande", "nl")
    assert found.sentiment is None
    assert len(found.vector) == 384


def test_emoji_count_as_words(encoder: TextEncoder) -> None:
    assert score(encoder, "the parcel came \U0001f602\u2764\ufe0f") > score(
        encoder, "the parcel came \U0001f621\U0001f621"
    )


def test_probabilities_add_up_to_one(encoder: TextEncoder) -> None:
    for text in TEXTS:
        sentiment = encoder.encode(text).sentiment
        assert sentiment is not None
        total = sentiment.negative + sentiment.neutral + sentiment.positive
        assert total == pytest.approx(1, abs=2e-4)


def test_the_vector_is_a_unit_vector(encoder: TextEncoder) -> None:
    for text in TEXTS:
        vector = np.frombuffer(encoder.encode(text).vector, dtype=np.int8) / 127
        assert vector.shape == (384,)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=0.02)


def test_a_text_answers_the_same_alone_and_after_others(encoder: TextEncoder) -> None:
    alone = [figures(TextEncoder(FOLDER).encode(text)) for text in TEXTS[:2]]
    for text in TEXTS:
        encoder.encode(text)
    for text, expected in zip(TEXTS, alone, strict=False):
        np.testing.assert_allclose(figures(encoder.encode(text)), expected, atol=1e-6)


def test_texts_in_several_languages_answer_the_same_together_and_alone(
    encoder: TextEncoder,
) -> None:
    texts = [*TEXTS, "Dit is een schande", "", "Qué vergüenza de servicio"] * 3
    languages = ["en", "de", "en", "it", "fr", "de", "nl", "en", "es"] * 3
    alone = [encoder.encode(text, code) for text, code in zip(texts, languages, strict=True)]
    assert encoder.encode_all(texts, languages) == alone
    assert encoder.encode_all([], []) == []


def test_a_text_answers_the_same_from_two_threads(encoder: TextEncoder) -> None:
    alone = {text: figures(encoder.encode(text)) for text in TEXTS}
    asked = TEXTS * 10
    with ThreadPoolExecutor(2) as pool:
        for text, answer in zip(asked, pool.map(encoder.encode, asked), strict=True):
            np.testing.assert_allclose(figures(answer), alone[text], atol=1e-6)


def test_a_long_mail_is_not_judged_by_its_first_sentence_only(encoder: TextEncoder) -> None:
    start = "Thank you for the friendly call last week, it was great. "
    rest = "Since then nothing works, I am furious and nobody answers me. This is a disgrace. " * 8
    assert score(encoder, start) > 0.5
    assert score(encoder, start + rest) < -0.3


def test_a_text_that_fits_one_window_is_not_cut(encoder: TextEncoder) -> None:
    fits = " ".join(["the"] * 62)
    one = TextEncoder(FOLDER, windows=1)
    assert encoder.encode(fits) == one.encode(fits)
    assert encoder.encode(fits + " disaster") != one.encode(fits + " disaster")


def test_a_very_long_text_is_read_up_to_a_limit(encoder: TextEncoder) -> None:
    assert encoder.encode("nothing works " * 2_000) == encoder.encode("nothing works " * 20_000)


def test_an_empty_text_is_answered_weakly(encoder: TextEncoder) -> None:
    assert abs(score(encoder, "")) < 0.5


def test_weights_that_differ_from_the_catalogue_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(FOLDER, folder)
    graph = bytearray((folder / "encoder.int8.onnx").read_bytes())
    graph[len(graph) // 2] ^= 1
    (folder / "encoder.int8.onnx").write_bytes(graph)
    with pytest.raises(ConfigError, match="sha256"):
        TextEncoder(folder)


def test_missing_weights_say_how_to_fetch_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="threadline models fetch"):
        TextEncoder(tmp_path)
