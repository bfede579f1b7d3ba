from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import PACKAGED, UTTERANCE_ENCODER
from models.ngrams import BITS, MOST_TEXTS, NgramModel, features, features_of, ngram_models
from schemas.errors import ConfigError


@given(st.text())
def test_any_text_has_buckets_in_range_each_once(text: str) -> None:
    found = features(text)
    assert len(set(found.tolist())) == len(found)
    assert not len(found) or (found.min() >= 0 and found.max() < 2**BITS)


def test_case_and_blanks_do_not_matter() -> None:
    np.testing.assert_array_equal(features("Muy  BIEN\n"), features("muy bien"))


def test_other_words_have_other_buckets() -> None:
    shared = np.intersect1d(features("muy bien"), features("trop cher"))
    assert len(shared) <= 1


def test_a_text_without_words_says_nothing_in_particular() -> None:
    model = NgramModel(np.ones((3, 2**BITS), dtype=np.int8), np.ones(3, dtype=np.float32))
    assert len(set(model.logits(features_of([""]))[0].tolist())) == 1


def test_weights_are_scaled_and_divided_by_the_root_of_the_number_of_buckets() -> None:
    weights = np.zeros((3, 2**BITS), dtype=np.int8)
    found = features_of(["bien", "ça va"])
    weights[2, features("bien")] = 10
    logits = NgramModel(weights, np.full(3, 0.5, dtype=np.float32)).logits(found)
    np.testing.assert_allclose(logits[0], [0, 0, 5 * found.sizes[0] ** 0.5], rtol=1e-6)
    assert logits[1, 2] < logits[0, 2] / 2


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_a_text_has_the_same_buckets_and_logits_alone_and_in_company(texts: list[str]) -> None:
    spread = np.random.default_rng(5).integers(-127, 128, (3, 2**BITS), dtype=np.int8)
    model = NgramModel(spread, np.array([0.5, 0.1, 0.2], dtype=np.float32))
    together = features_of(texts)
    ends = np.cumsum(together.sizes)
    for text, part, logits in zip(
        texts, np.split(together.buckets, ends[:-1]), model.logits(together), strict=True
    ):
        np.testing.assert_array_equal(part, features(text))
        np.testing.assert_array_equal(logits, model.logits(features_of([text]))[0])


def test_more_texts_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        features_of([""] * (MOST_TEXTS + 1))


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ngrams.npz").write_bytes(b"PK no archive")
    with pytest.raises(ConfigError, match=r"ngrams\.npz"):
        ngram_models(tmp_path)


def test_a_file_without_complaints_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "ngrams.npz", weights=np.zeros((1, 2, 3)), scales=np.ones((1, 3)))
    with pytest.raises(ConfigError, match="complaint"):
        ngram_models(tmp_path)


def test_a_complaint_is_told_by_its_spelling_from_thanks_and_from_questions() -> None:
    spelled = ngram_models(PACKAGED / UTTERANCE_ENCODER.name).complaint
    texts = (
        "still waiting for a refund, worst service ever",
        "thanks so much, you are the best!",
        "do you have this in blue?",
    )
    none, complaint = spelled.logits(features_of(texts)).T
    assert (complaint > none).tolist() == [True, False, False]
