from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import PACKAGED, UTTERANCE_ENCODER
from models.ngrams import BITS, NgramModel, features, ngram_models
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
    model = NgramModel(np.ones((2**BITS, 3), dtype=np.int8), np.ones(3, dtype=np.float32))
    assert len(set(model.logits(features("")).tolist())) == 1


def test_weights_are_scaled_and_divided_by_the_root_of_the_number_of_buckets() -> None:
    weights = np.zeros((2**BITS, 3), dtype=np.int8)
    buckets = features("bien")
    weights[buckets, 2] = 10
    logits = NgramModel(weights, np.full(3, 0.5, dtype=np.float32)).logits(buckets)
    np.testing.assert_allclose(logits, [0, 0, 5 * len(buckets) ** 0.5], rtol=1e-6)


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
    none, complaint = spelled.logits(features("still waiting for a refund, worst service ever"))
    assert complaint > none
    for text in ("thanks so much, you are the best!", "do you have this in blue?"):
        none, complaint = spelled.logits(features(text))
        assert none > complaint
