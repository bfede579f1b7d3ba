"""Train the churn-intent model on labelled chat lines: `python -m models.training.churn CSV OUT`.

The file has a line per text and brand, separated by tabs: text, language, target brand (or
`no_brand`), 1 where the text says that its writer leaves that brand. It takes seconds on one core
and gives the same bytes again.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from models.churn import ChurnWeights
from models.churn_text import features_of, tokens_of

TRAINED_ON = "a1157c1b5d7ab298601b9c0fa2d3e4966899dc6a3f2da7089e9421a3c0c256c3"
"""The sha256 of the lines that the shipped weights have seen."""
INVERSE_PENALTY = 10.0
OURS = Path(__file__).with_name("churn_more.tsv")
LEAST_TEXTS = 2
"""A feature must occur in so many different texts."""


class Line(NamedTuple):
    """A labelled line; `target` is None where it is about no brand, that is "you"."""

    text: str
    language: str
    target: str | None
    leaves: bool


def read_lines(path: Path) -> list[Line]:
    """Read labelled lines."""
    lines = []
    for row in path.read_text("utf-8").splitlines():
        text, language, brand, label = row.split("\t")
        target = None if brand in {"", "no_brand"} else brand.casefold()
        lines.append(Line(text, language.casefold(), target, label.strip() == "1"))
    return lines


def brands_in(lines: Sequence[Line]) -> frozenset[str]:
    """List the brands that are somebody's target: what a company would list as competitors."""
    return frozenset(line.target for line in lines if line.target)


def tokens(line: Line, brands: frozenset[str]) -> list[str]:
    """Split a line into tokens, seen from its target."""
    own = [line.target] if line.target else []
    return tokens_of(line.text, own, sorted(brands.difference(own)), line.language)


def with_ours(lines: Sequence[Line]) -> list[Line]:
    """Add our own lines, which show what else customers say with the same words."""
    return [*lines, *read_lines(OURS)]


def fit(lines: Sequence[Line], brands: frozenset[str]) -> ChurnWeights:
    """Fit logistic regression; a text that is labelled for several brands counts as one text."""
    found = [set(features_of(tokens(line, brands))) for line in lines]
    texts: dict[str, set[str]] = {}
    for line, names in zip(lines, found, strict=True):
        texts.setdefault(line.text.strip().casefold(), set()).update(names)
    spread = Counter(name for names in texts.values() for name in names)
    idf = {
        name: math.log(len(texts) / many) for name, many in spread.items() if many >= LEAST_TEXTS
    }
    vectors = DictVectorizer()
    rows = [{name: idf[name] for name in sorted(names & idf.keys())} for names in found]
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=2_000)
    table = normalize(vectors.fit_transform(rows))
    model.fit(table, np.array([line.leaves for line in lines]))
    weights = dict(zip(vectors.get_feature_names_out(), model.coef_[0], strict=True))
    return ChurnWeights(
        bias=round(float(model.intercept_[0]), 4),
        features={n: (round(float(weights[n]), 4), round(idf[n], 4)) for n in sorted(idf)},
    )


def main(source: str, target: str) -> None:
    """Train on every line of a file, and write the weights."""
    lines = read_lines(Path(source))
    weights = fit(with_ours(lines), brands_in(lines))
    Path(target).write_bytes(msgspec.json.encode(weights))


if __name__ == "__main__":
    main(*sys.argv[1:])
