"""Learn contact types from examples: regularised multinomial logistic regression.

Two regressions are fitted and their logits added (a log-linear pool): one on the search vector,
which knows what words mean, and one on tf-idf of n-grams, which knows the words. With few
examples, kernel ridge regression at the examples themselves (Saunders et al. 1998) joins them: it
told 77 intents apart from 10 examples each 0.4 points better. How sure a type is, and from where
on a text is about something else, are read from the answers that cross-validation gives for
examples that were not learnt from. Each language is learnt alone: the encoder reads English, so
that in others the words weigh more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from models.contact_types.calibration import Ints, calibrate
from models.contact_types.model import (
    ENGLISH,
    UNKNOWN,
    About,
    Checked,
    Floats,
    Model,
)
from models.contact_types.ngrams import NgramVocabulary
from models.contact_types.typer import kernel, spelt, unit_vectors
from schemas.errors import ConfigError

FEWEST_EXAMPLES = 3
"""Of each type; ten are where the figures start to be good."""

MOST_LANDMARKS = 1_500  # examples above which the kernel adds nothing but time
STRENGTH = 20.0  # 1 / L2 penalty, of both regressions
RIDGE, PULL = 0.1, 6.0  # of the kernel: its penalty, and how much a score of it counts as logit
MIX_FEW, MIX_MANY = 0.15, 0.5
"""Weight of the words' logits, with few and with many examples. On 77 intents 0.15 less or more
costs 0.2 points; on the looser types that ship, more costs a point."""

MIXES = (0.5, 1.0, 2.0, 4.0)
"""The same in other languages, of which cross-validation chooses."""

MANY = 2_000  # examples from which on rare n-grams are left out and fewer folds are made
SEED = 20261125

Progress = Callable[[str], None]


class Examples(NamedTuple):
    """Texts with their unit vectors and types; `is_name` marks names of types, read as text.

    A type's name is an example that costs the analyst nothing. It is learnt from, and never
    tested on.
    """

    texts: Sequence[str]
    units: Floats
    labels: Sequence[str]
    is_name: Sequence[bool]


class _Fitted(NamedTuple):
    dense: Floats
    bias: Floats
    landmarks: Floats
    pulls: Floats
    vocabulary: NgramVocabulary
    sparse: Floats
    sparse_bias: Floats
    centroids: Floats


class _Answers(NamedTuple):
    """What was answered for examples that were not fitted on, at `tested`."""

    tested: Ints
    dense: Floats
    sparse: Floats
    cosine: Floats


def train(examples: Examples, *, language: str, encoder: str, progress: Progress) -> Model:
    """Learn types from examples in one language; equal examples give an equal model.

    Raises:
        ConfigError: fewer than two types, or a type with too few examples.
    """
    examples = examples._replace(texts=spelt(examples.texts, language))
    # Last, so that centroids of real types come first.
    types = sorted(map(str, set(examples.labels)), key=lambda label: (label == UNKNOWN, label))
    counts = Counter(
        label for label, name in zip(examples.labels, examples.is_name, strict=True) if not name
    )
    _check(types, counts, language)
    place = {label: at for at, label in enumerate(types)}
    truth = np.array([place[label] for label in examples.labels], dtype=np.int64)
    answers = _cross_validate(examples, truth, types, min(counts.values()), progress)
    progress("fitting on all examples")
    fitted = _fit(examples, truth, np.arange(len(truth)), types)
    right = truth[answers.tested]
    mix = _mix(answers, right, language, len(truth))
    logits = _joined(answers, mix)
    told = logits.argmax(axis=1)
    found = calibrate(logits, answers.cosine, right, place.get(UNKNOWN, -1))
    return Model(
        about=About(
            language=language,
            encoder=encoder,
            mix=mix,
            temperature=found.temperature,
            scope=found.scope,
            least=found.least,
            accuracy=round(float(np.mean(told == right)), 4),
            told=found.told,
            right=found.right,
            types=_checked(types, counts, right, told),
            terms=fitted.vocabulary.terms,
        ),
        dense=fitted.dense,
        bias=fitted.bias + mix * fitted.sparse_bias,
        landmarks=fitted.landmarks,
        pulls=fitted.pulls,
        sparse=fitted.sparse,
        idf=fitted.vocabulary.idf,
        centroids=fitted.centroids,
    )


def _joined(answers: _Answers, mix: float) -> Floats:
    return (answers.dense + mix * answers.sparse).astype(np.float32)


def _mix(answers: _Answers, right: Ints, language: str, many: int) -> float:
    if language == ENGLISH:
        return MIX_MANY if many >= MANY else MIX_FEW
    hits = {mix: int(np.sum(_joined(answers, mix).argmax(axis=1) == right)) for mix in MIXES}
    return max(MIXES, key=lambda mix: (hits[mix], -mix))


def _check(types: Sequence[str], counts: Counter[str], language: str) -> None:
    if len(set(types) - {UNKNOWN}) < 2:
        raise ConfigError(
            "contact types can only be told apart if there are two or more;"
            f" in {language} there are not"
        )
    for label in types:
        if counts[label] < FEWEST_EXAMPLES:
            raise ConfigError(
                f"contact type {label!r} has {counts[label]} examples in {language};"
                f" give it {FEWEST_EXAMPLES} at least, better 10"
            )


def _cross_validate(
    examples: Examples, truth: Ints, types: Sequence[str], rarest: int, progress: Progress
) -> _Answers:
    from sklearn.model_selection import StratifiedKFold

    tested = np.flatnonzero(~np.asarray(examples.is_name, dtype=bool))
    names = np.flatnonzero(np.asarray(examples.is_name, dtype=bool))
    folds = min(3 if len(tested) >= MANY else 5, rarest)
    dense = np.zeros((len(truth), len(types)), dtype=np.float32)
    sparse, cosine = np.zeros_like(dense), np.zeros(len(truth), dtype=np.float32)
    splits = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    for at, (learn, test) in enumerate(splits.split(tested, truth[tested]), 1):
        progress(f"cross-validation {at} of {folds}")
        fitted = _fit(examples, truth, np.concatenate([tested[learn], names]), types)
        held = tested[test]
        dense[held], sparse[held], cosine[held] = _answer(fitted, examples, held)
    return _Answers(tested, dense[tested], sparse[tested], cosine[tested])


def _fit(examples: Examples, truth: Ints, at: Ints, types: Sequence[str]) -> _Fitted:
    from sklearn.linear_model import LogisticRegression

    units, labels, many = examples.units[at], truth[at], len(types)
    texts = [examples.texts[n] for n in at]
    meaning = LogisticRegression(C=STRENGTH, max_iter=200).fit(units, labels)
    dense, bias = _spread(meaning, many)
    landmarks, pulls = _kernel_ridge(units, labels, many)
    large = len(at) >= MANY
    vocabulary = NgramVocabulary.learn(
        texts, words_from=2 if large else 1, runs_from=3 if large else 2
    )
    table = _table(vocabulary, texts)
    words = LogisticRegression(C=STRENGTH, max_iter=100, tol=1e-3).fit(table, labels)
    sparse, sparse_bias = _spread(words, many)
    real = [at for at, label in enumerate(types) if label != UNKNOWN]
    centroids = np.array([units[labels == label].mean(axis=0) for label in real])
    centroids /= np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-6)
    return _Fitted(
        dense,
        bias,
        landmarks,
        pulls,
        vocabulary,
        sparse,
        sparse_bias,
        centroids.astype(np.float32),
    )


def _answer(fitted: _Fitted, examples: Examples, at: Ints) -> tuple[Floats, Floats, Floats]:
    units = examples.units[at]
    dense = units @ fitted.dense + fitted.bias
    dense = dense + kernel(units, fitted.landmarks) @ fitted.pulls
    table = _table(fitted.vocabulary, [examples.texts[n] for n in at])
    sparse = np.asarray(table @ fitted.sparse) + fitted.sparse_bias
    return dense, sparse.astype(np.float32), (units @ fitted.centroids.T).max(axis=1)


def _kernel_ridge(units: Floats, labels: Ints, many: int) -> tuple[Floats, Floats]:
    """Fit kernel ridge regression to indicators of the types: the examples, and their weights."""
    if len(units) > MOST_LANDMARKS:
        return units[:0], np.zeros((0, many), dtype=np.float32)
    gram = kernel(units, units).astype(np.float64) + RIDGE * np.eye(len(units))
    targets = np.full((len(units), many), -1 / (many - 1))
    targets[np.arange(len(units)), labels] = 1.0
    return units, (PULL * np.linalg.solve(gram, targets)).astype(np.float32)


def _spread(regression: Any, many: int) -> tuple[Floats, Floats]:
    """Read coefficients as one column per type; of two types scikit-learn keeps one only."""
    weights: Floats = np.asarray(regression.coef_, dtype=np.float32)
    bias: Floats = np.asarray(regression.intercept_, dtype=np.float32)
    if many == 2:
        return np.hstack([-weights.T, weights.T]) / np.float32(2), np.append(
            -bias, bias
        ) / np.float32(2)
    return np.ascontiguousarray(weights.T), bias


def _table(vocabulary: NgramVocabulary, texts: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix

    weighed = [vocabulary.weigh(text) for text in texts]
    ends = np.cumsum([0, *(len(one.columns) for one in weighed)])
    values = np.concatenate([one.weights for one in weighed])
    columns = np.concatenate([one.columns for one in weighed])
    return csr_matrix((values, columns, ends), shape=(len(texts), len(vocabulary.terms)))


def _checked(
    types: Sequence[str], counts: Counter[str], right: Ints, told: Ints
) -> dict[str, Checked]:
    table = np.bincount(right * len(types) + told, minlength=len(types) ** 2)
    table = table.reshape(len(types), len(types))
    found = {}
    for at, label in enumerate(types):
        wrong = table[at].copy()
        wrong[at] = 0
        claimed = int(table[:, at].sum())
        found[label] = Checked(
            examples=counts[label],
            recall=round(float(table[at, at] / table[at].sum()), 4),
            precision=round(float(table[at, at] / claimed), 4) if claimed else None,
            mistaken_for=types[int(wrong.argmax())] if wrong.any() else None,
        )
    return found


def examples_of(pairs: Sequence[tuple[str, str]], encode: Callable[[str], bytes]) -> Examples:
    """Make examples of texts and types; `encode` gives the search vector of a text.

    The names of the types are added, as texts: `card_arrival` is read as "card arrival".
    """
    names = [(" ".join(label.replace("_", " ").split()), label) for _, label in pairs]
    told = [pair for pair in dict.fromkeys(names) if pair[1] != UNKNOWN]
    both = [*pairs, *told]
    return Examples(
        texts=[text for text, _ in both],
        units=unit_vectors([encode(text) for text, _ in both]),
        labels=[label for _, label in both],
        is_name=[False] * len(pairs) + [True] * len(told),
    )
