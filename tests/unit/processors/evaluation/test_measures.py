from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score, roc_auc_score

from processors.evaluation.bootstrap import interval, ratio_of_sums
from processors.evaluation.calibration import expected_calibration_error
from processors.evaluation.confusion import Classified, f1s, precisions, recalls
from processors.evaluation.ranking import area_under_roc, recall_at_rate
from processors.evaluation.split import fold, held_out, same_words
from processors.evaluation.words import word_errors


def drawn(n: int = 400) -> tuple[list[str], list[str]]:
    generator = np.random.default_rng(3)
    truth = generator.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    answers = np.where(generator.random(n) < 0.7, truth, generator.choice(["a", "b", "c"], n))
    return truth.tolist(), answers.tolist()


def test_macro_figures_are_those_of_scikit_learn() -> None:
    truth, answers = drawn()
    done = Classified(truth, answers)
    assert done.macro_recall() == pytest.approx(recall_score(truth, answers, average="macro"))
    assert done.macro_f1() == pytest.approx(f1_score(truth, answers, average="macro"))


def test_an_answer_that_is_no_label_counts_as_wrong_and_is_not_averaged() -> None:
    done = Classified(["a", "a", "b"], ["a", "unknown", "b"], order=("b", "a"))
    assert done.labels == ("b", "a", "unknown")
    assert done.macro_recall() == pytest.approx(0.75)
    counts = done.counts()
    assert recalls(counts)[:2].tolist() == [1.0, 0.5]
    assert precisions(counts).tolist() == [1.0, 1.0, 0.0]
    assert f1s(counts)[:2].tolist() == pytest.approx([1.0, 2 / 3])


def test_truths_and_answers_are_as_many() -> None:
    with pytest.raises(ValueError, match="2 truths, but 1 answers"):
        Classified(["a", "b"], ["a"])


def test_the_interval_holds_the_figure_and_shrinks_with_more_items() -> None:
    widths = []
    for n in (50, 5_000):
        done = Classified(*drawn(n))
        low, high = interval(done.accuracy, n, np.random.default_rng(0), rounds=200)
        assert low < done.accuracy() < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 5


def test_whole_groups_are_drawn_so_that_repeats_make_no_evidence() -> None:
    right = np.tile([1.0, 0.0, 1.0, 1.0], 50).reshape(50, 4).T.ravel()  # four groups of 50 alike

    def share(at: np.ndarray) -> float:
        return float(right[at].mean())

    groups = np.repeat(np.arange(4), 50).tolist()
    alone = interval(share, 200, np.random.default_rng(0))
    grouped = interval(share, 200, np.random.default_rng(0), groups=groups)
    assert grouped[1] - grouped[0] > 3 * (alone[1] - alone[0])


def test_equal_seeds_give_equal_intervals() -> None:
    statistic = ratio_of_sums([1, 0, 2, 5], [10, 10, 20, 10])
    first, second = (interval(statistic, 4, np.random.default_rng(7)) for _ in range(2))
    assert first == second
    assert statistic(np.arange(4)) == pytest.approx(8 / 50)


def test_there_is_no_interval_without_items() -> None:
    assert all(map(math.isnan, interval(lambda at: 1.0, 0, np.random.default_rng(0))))


def test_a_sure_classifier_that_is_wrong_half_of_the_time_is_off_by_a_half() -> None:
    assert expected_calibration_error([1.0] * 4, [True, False] * 2) == pytest.approx(0.5)
    assert expected_calibration_error([0.5] * 4, [True, False] * 2) == pytest.approx(0.0)


def test_the_area_under_roc_is_that_of_scikit_learn_with_ties_too() -> None:
    generator = np.random.default_rng(5)
    truth = generator.random(300) < 0.3
    scores = np.round(generator.random(300) + 0.4 * truth, 1)
    assert area_under_roc(scores.tolist(), truth.tolist()) == pytest.approx(
        roc_auc_score(truth, scores)
    )
    assert math.isnan(area_under_roc([1.0], [True]))


def test_recall_at_a_rate_bounds_what_is_called_wrongly() -> None:
    scores, truth = [0.9, 0.8, 0.7, 0.6, 0.5], [True, False, True, False, True]
    assert recall_at_rate(scores, truth, 0.0) == (1 / 3, 0.9)
    assert recall_at_rate(scores, truth, 0.5) == (2 / 3, 0.7)
    assert recall_at_rate(scores, truth, 1.0) == (1.0, 0.5)


def test_word_errors_count_edits_and_the_words_of_the_reference() -> None:
    done = word_errors(["my", "card", "is", "not", "here"], ["my", "cart", "not", "here", "now"])
    assert (done.substituted, done.deleted, done.inserted, done.words) == (1, 1, 1, 5)
    assert done.rate == pytest.approx(0.6)
    assert word_errors([], ["you"]).inserted == 1
    assert math.isnan(word_errors([], []).rate)


def test_what_is_held_out_depends_on_the_words_alone() -> None:
    keys = [f"line {number}" for number in range(2_000)]
    kept = [held_out(key) for key in keys]
    assert 0.17 < np.mean(kept) < 0.23
    assert [held_out(f"  {key.upper()} ") for key in keys] == kept
    assert {fold(key) for key in keys} == set(range(10))


def test_copies_of_a_text_are_found_however_a_set_has_cleaned_them() -> None:
    raw = '"@Ana_1 can\\u2019t wait, see https://example.com/a?b=1 &amp; smile :-)"'
    assert same_words(raw) == same_words("@user can\u2019t wait, see http & smile")
    assert same_words(raw) != same_words("@user can wait, see http & smile")
