from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.engines import Engines
from schemas.answers import Ask, ContactAnswer, EncodeAsk, TextAnswer, TranscribeAsk
from schemas.errors import ConfigError, InvalidEvent
from schemas.events import Track


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    pool = Engines(lambda blob: tmp_path / blob, models=tmp_path / "models")
    yield pool
    pool.close()


def read(engines: Engines, text: str, hint: str | None = None) -> TextAnswer:
    answer = engines.submit(EncodeAsk(text=text, language_hint=hint)).result()
    assert isinstance(answer, TextAnswer)
    return answer


def test_an_english_text_is_encoded(engines: Engines) -> None:
    answer = read(engines, "My router has been offline since Monday")
    assert answer.language == "en"
    assert answer.encoding is not None
    assert answer.encoding.engine in engines.names


def test_an_english_text_gets_its_contact_type_and_small_talk_gets_none(engines: Engines) -> None:
    known = read(engines, "I want to cancel my contract at the end of the month").contact
    assert known is not None
    assert (known.type, known.engine) == ("cancellation", engines.names[3])
    assert known.confidence is not None
    assert 0.5 < known.confidence <= 1
    small_talk = read(engines, "my sister plays the violin in an orchestra").contact
    assert small_talk == ContactAnswer(engine=engines.names[3])


def test_a_text_in_another_language_is_named_but_not_encoded(engines: Engines) -> None:
    answer = read(engines, "mijn router is sinds maandag kapot")
    assert (answer.language, answer.encoding) == ("nl", None)
    answer = read(engines, "ok bedankt", "nl-BE")
    assert (answer.language, answer.encoding) == ("nl", None)


def test_german_has_a_sentiment_and_a_contact_type_but_no_emotion(engines: Engines) -> None:
    answer = read(engines, "Seit gestern geht mein Internet nicht mehr, die Leitung ist tot")
    assert answer.language == "de"
    assert answer.encoding is not None
    assert answer.encoding.sentiment is not None
    assert (answer.encoding.emotion, answer.encoding.complaint) == (None, None)
    assert answer.contact is not None
    assert answer.contact.type == "technical_fault"


def test_a_short_text_without_a_hint_is_encoded_all_the_same(engines: Engines) -> None:
    answer = read(engines, "terrible service")
    assert answer.language is None
    assert answer.encoding is not None


def test_missing_speech_weights_say_how_to_fetch_them(engines: Engines, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "blob"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0" * 1600)
    with pytest.raises(ConfigError, match="threadline models fetch whisper-base"):
        engines.submit(TranscribeAsk(tracks=(Track(blob="blob"),))).result()


def test_equal_asks_share_a_key_and_others_do_not(engines: Engines) -> None:
    asks: list[Ask] = [
        EncodeAsk(text="hello"),
        EncodeAsk(text="hello", language_hint="en"),
        TranscribeAsk(tracks=(Track(blob="a"),)),
        TranscribeAsk(tracks=(Track(blob="a", channel=1),)),
        TranscribeAsk(tracks=(Track(blob="a"),), language="en"),
    ]
    keys = [engines.cache_key(ask) for ask in asks]
    assert len(set(keys)) == len(asks)
    assert engines.cache_key(EncodeAsk(text="hello")) == keys[0]


def test_another_speech_model_asks_again(engines: Engines, tmp_path: Path) -> None:
    other = Engines(lambda blob: tmp_path, models=tmp_path, speech="whisper-tiny.en")
    speech, text = TranscribeAsk(tracks=(Track(blob="a"),)), EncodeAsk(text="hello")
    assert engines.cache_key(speech) != other.cache_key(speech)
    assert engines.cache_key(text) == other.cache_key(text)
    other.close()


def test_a_missing_recording_is_poison(tmp_path: Path) -> None:
    def missing(blob: str) -> Path:
        raise InvalidEvent("missing_blob", f"there is no blob {blob}")

    engines = Engines(missing, models=tmp_path)
    with pytest.raises(InvalidEvent) as refused:
        engines.submit(TranscribeAsk(tracks=(Track(blob="gone"),))).result()
    assert refused.value.reason == "missing_blob"
    engines.close()


def test_a_broken_recording_is_poison_even_without_weights(
    engines: Engines, tmp_path: Path
) -> None:
    (tmp_path / "blob").write_bytes(b"not audio " * 100)
    with pytest.raises(InvalidEvent) as refused:
        engines.submit(TranscribeAsk(tracks=(Track(blob="blob"),))).result()
    assert refused.value.reason == "broken_audio"
