"""Train the satisfaction estimate: `python -m models.training.satisfaction FILE OUT`.

FILE holds dialogues, a blank line between them, a line per turn: USER or SYSTEM, text, action,
ratings by several people (1-5, commas between). The text USER OVERALL rates the whole dialogue.
It takes two minutes on one core, most of them to read sentiments, and gives the same bytes again
with the same text encoder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from models.satisfaction import RATINGS, SatisfactionWeights
from models.satisfaction_text import features_of
from schemas.satisfaction import Said
from schemas.utterance import Sentiment

TRAINED_ON = "32b654c702828bbcef0d9b7b63c096c1b464037a2c4f957cf3d7ec620c6170c8"
"""The sha256 of the dialogues that the shipped weights have seen."""
INVERSE_PENALTY = 0.01
LEAST_SCALE = 0.05
Feel = Callable[[str], Sentiment | None]


class Dialogue(NamedTuple):
    """Turns in order, the ratings of each of the user's, the ratings of the whole, the domain."""

    said: list[Said]
    ratings: list[tuple[int, ...]]
    overall: tuple[int, ...]
    domain: str


def read_dialogues(path: Path, feel: Feel) -> list[Dialogue]:
    """Read rated dialogues; `feel` gives the sentiment of a user's text."""
    return [
        _dialogue([line.split("\t") for line in block.split("\n")], feel, path.stem)
        for block in path.read_text("utf-8").strip().split("\n\n")
    ]


def _dialogue(rows: Sequence[Sequence[str]], feel: Feel, source: str) -> Dialogue:
    said: list[Said] = []
    ratings: list[tuple[int, ...]] = []
    whole: tuple[int, ...] = ()
    services: dict[str, int] = {}
    for role, text, *rest in rows:
        action, given = (*rest, "", "")[:2]
        rated = tuple(int(one) for one in given.split(",") if one.strip())
        if text == "OVERALL":
            whole = rated
            continue
        is_user = role.upper() == "USER"
        said.append(Said(is_user, text, feel(text) if is_user else None))
        if is_user:
            ratings.append(rated)
        service, dash, _ = action.partition("-")
        if dash and service not in {"general", "Booking"}:
            services[service] = services.get(service, 0) + 1
    main = max(services, key=lambda name: services[name], default="")
    return Dialogue(said, ratings, whole, f"{source}: {main}" if main else source)


def fit(dialogues: Sequence[Dialogue]) -> SatisfactionWeights:
    """Fit multinomial logistic regression to what every rater said of every turn."""
    found, shares = [], []
    for dialogue in dialogues:
        for names, given in zip(features_of(dialogue.said), dialogue.ratings, strict=True):
            if given:
                found.append(names)
                shares.append([given.count(rating) / len(given) for rating in RATINGS])
    vectors = DictVectorizer(sparse=False)
    table, share = vectors.fit_transform(found), np.array(shares)
    mean, scale = table.mean(axis=0), np.maximum(table.std(axis=0), LEAST_SCALE)
    rows = np.tile((table - mean) / scale, (len(RATINGS), 1))
    weight = share.T.reshape(-1)
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=500)
    kept = weight > 0
    model.fit(rows[kept], np.repeat(RATINGS, len(found))[kept], sample_weight=weight[kept])
    names = vectors.get_feature_names_out()
    return SatisfactionWeights(
        bias=_rounded(model.intercept_),
        prior=_rounded(share.mean(axis=0), 6),
        features={
            str(name): (
                round(float(mean[at]), 4),
                round(float(scale[at]), 4),
                _rounded(model.coef_[:, at]),
            )
            for at, name in enumerate(names)
        },
    )


def _rounded(values: Sequence[float], digits: int = 4) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)


def main(source: str, target: str) -> None:
    """Train on every dialogue of a file, and write the weights."""
    from models.catalogue import PACKAGED, UTTERANCE_ENCODER
    from models.encoder import TextEncoder

    encoder = TextEncoder(PACKAGED / UTTERANCE_ENCODER.name)
    weights = fit(read_dialogues(Path(source), lambda text: encoder.encode(text).sentiment))
    Path(target).write_bytes(msgspec.json.encode(weights))


if __name__ == "__main__":
    main(*sys.argv[1:])
