"""Export the tuned encoder, join it with n-grams, calibrate it on held-out texts, and score it.

Run `python -m models.training.calibrate --data DIR --base DIR --tuned FILE --out DIR`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnxruntime
import scipy.sparse
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from scipy.optimize import minimize
from sklearn.metrics import f1_score, recall_score

from models.ngrams import BITS, features
from models.training.graph import write
from models.training.material import FURTHER, Example, Task, airline, material
from models.training.train import LONGEST, Learner, base_weights, say

Numbers = NDArray[np.float64]
Table = tuple[NDArray[np.int8], NDArray[np.float32]]  # weights, and a scale per class
HEADS = ("sent", "comp", "emo")  # the banking head has done its work in training
LANGUAGES = ("en", *FURTHER)
PENALTY = {"en": 3.0}  # L2 on the weights of n-grams; for the smaller sets:
PENALTY_OF_FURTHER = 3.0
PENALTY_OF_COMPLAINTS, AIRLINES = 20.0, 0.375  # tried while leaving industries out
FOLDS = 5


class NgramTrainer:
    """Logistic regression on hashed n-grams, weighed by idf, as `models/ngrams.py` reads them."""

    def __init__(self, examples: Sequence[Example], penalty: float, *, balanced: bool) -> None:
        buckets = [features(example.text) for example in examples]
        sparse = _matrix(buckets)
        labels = np.array([example.label for example in examples])
        counts = np.bincount(labels)
        classes = len(counts)
        prior = np.log(counts / counts.sum() * classes) if balanced else np.zeros(classes)
        document_counts = np.bincount(np.concatenate(buckets), minlength=2**BITS)
        self._idf = np.log((1 + len(examples)) / (1 + document_counts)) + 1
        self.weights = self._fitted(sparse, labels, prior, penalty) * self._idf[:, None]

    def _fitted(
        self, sparse: Any, labels: NDArray[np.int64], prior: Numbers, penalty: float
    ) -> Numbers:
        weighed = (sparse @ scipy.sparse.diags(self._idf)).tocsr()
        classes = len(prior)
        turned, truth = weighed.T.tocsr(), np.eye(classes)[labels]

        def loss(flat: Numbers) -> tuple[float, Numbers]:
            weights = flat.reshape(-1, classes)
            logs = _log_softmax(weighed @ weights + prior)
            slope = turned @ (np.exp(logs) - truth) + penalty * weights
            return float(-(logs * truth).sum() + penalty / 2 * (weights**2).sum()), slope.ravel()

        found = minimize(
            loss, np.zeros(2**BITS * classes), jac=True, method="L-BFGS-B", options={"maxiter": 40}
        )
        return found.x.reshape(-1, classes)  # type: ignore[no-any-return]  # scipy is untyped


def _matrix(buckets: Sequence[NDArray[np.int64]]) -> Any:
    ends = np.cumsum([0, *map(len, buckets)])
    values = np.concatenate([np.full(len(row), len(row) ** -0.5) for row in buckets])
    return scipy.sparse.csr_matrix(
        (values, np.concatenate(buckets), ends), shape=(len(buckets), 2**BITS)
    )


def quantised(weights: Sequence[Numbers]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round weights (one table per language or head) to int8 with a scale per table and class."""
    scales = np.stack([np.abs(table).max(axis=0) / 127 for table in weights])
    whole = [np.rint(table / scale) for table, scale in zip(weights, scales, strict=True)]
    return np.stack(whole).astype(np.int8), scales.astype(np.float32)


class Runner:
    """Runs the exported graph as the product does: one text per run."""

    def __init__(self, graph: Path, tokenizer: Any) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(graph), options)
        self._tokenizer = tokenizer

    def logs(self, examples: Sequence[Example], head: str) -> Numbers:
        """Give the log probabilities of a head, one row per example."""
        rows = []
        for example in examples:
            ids = np.array([self._tokenizer.encode(example.text).ids], dtype=np.int64)
            feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            rows.append(self._session.run([head], feeds)[0][0])
        return np.log(np.maximum(np.array(rows, dtype=np.float64), 1e-9))


def fused(logs: Numbers, grams: Numbers, by: Numbers) -> Numbers:
    """Join both readings: `by` holds the weight of each and a bias per class."""
    return _log_softmax(by[0] * logs + by[1] * grams + by[2:])


def fit_fusion(logs: Numbers, grams: Numbers, labels: NDArray[np.int64], *, biased: bool,
               balanced: bool = True) -> Numbers:  # fmt: skip
    """Find weights (and, if `biased`, class biases) of least log loss, class-balanced or not."""
    weight = 1 / np.bincount(labels)[labels] if balanced else np.ones(len(labels))
    rows = np.arange(len(labels))
    classes = logs.shape[1]

    def whole(free: Numbers) -> Numbers:
        return free if biased else np.concatenate([free, np.zeros(classes)])

    def loss(free: Numbers) -> float:
        logs_of = fused(logs, grams, whole(free))[rows, labels]
        return float(-(logs_of * weight).sum() / weight.sum() + 1e-3 * (free[2:] ** 2).sum())

    start = np.concatenate([[0.7, 0.7], np.zeros(classes if biased else 0)])
    return whole(np.asarray(minimize(loss, start, method="L-BFGS-B").x))


def crossed(fit: Callable[[NDArray[np.int64]], Numbers], apply: Callable[[Numbers], Numbers],
            many: int) -> Numbers:  # fmt: skip
    """Answer each held-out text with what was fitted on the other folds."""
    fold = np.random.default_rng(0).permutation(many) % FOLDS
    out: Numbers | None = None
    for number in range(FOLDS):
        answers = apply(fit(np.flatnonzero(fold != number)))
        out = answers.copy() if out is None else out
        out[fold == number] = answers[fold == number]
    assert out is not None
    return out


def figures(labels: NDArray[np.int64], logs: Numbers) -> dict[str, float]:
    """Score answers; the calibration error is over 15 bins (Guo et al., 2017)."""
    said, sure = logs.argmax(1), np.exp(logs.max(1))
    bins = np.minimum((sure * 15).astype(int), 14)
    gaps = np.bincount(bins, (said == labels) - sure, minlength=15)
    return {
        "macro recall": round(100 * float(recall_score(labels, said, average="macro")), 1),
        "macro F1": round(100 * float(f1_score(labels, said, average="macro")), 1),
        "calibration error": round(100 * float(np.abs(gaps).sum()) / len(labels), 1),
        "n": len(labels),
    }


def sentiment(task: Task, runner: Runner) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Fit n-grams and fusion per language; give settings, scores and the n-gram tables."""
    tables, settings, scores = [], {}, {}
    for code in LANGUAGES:
        train = [example for example in task.train if example.group == code]
        penalty = PENALTY.get(code, PENALTY_OF_FURTHER)
        tables.append(NgramTrainer(train, penalty, balanced=code == "en").weights)
        say(f"n-grams of {code}: {len(train)} texts")
    weights, scales = quantised(tables)
    groups = {"en": ("en",), **dict.fromkeys(FURTHER, tuple(FURTHER))}
    held = {code: [one for one in task.held_out if one.group == code] for code in LANGUAGES}
    logs = {code: runner.logs(held[code], "sent") for code in LANGUAGES}
    grams = {}
    for at, code in enumerate(LANGUAGES):
        sparse = _matrix([features(one.text) for one in held[code]])
        grams[code] = np.asarray(sparse @ (weights[at].astype(np.float64) * scales[at]))
    labels = {code: np.array([one.label for one in held[code]]) for code in LANGUAGES}
    for group in dict.fromkeys(groups.values()):
        log, gram = (np.concatenate([part[code] for code in group]) for part in (logs, grams))
        truth = np.concatenate([labels[code] for code in group])
        biased = group == ("en",)

        def fit(at: NDArray[np.int64], log: Numbers = log, gram: Numbers = gram,
                truth: NDArray[np.int64] = truth, biased: bool = biased) -> Numbers:  # fmt: skip
            return fit_fusion(log[at], gram[at], truth[at], biased=biased)

        def applied(by: Numbers, log: Numbers = log, gram: Numbers = gram) -> Numbers:
            return fused(log, gram, by)

        by = fit(np.arange(len(truth)))
        answers = crossed(fit, applied, len(truth))
        start = 0
        for code in group:
            some = slice(start, start + len(labels[code]))
            settings[code] = [round(float(value), 4) for value in by]
            scores[f"sentiment {code}"] = figures(labels[code], answers[some])
            scores[f"sentiment {code}, graph alone"] = figures(labels[code], logs[code])
            alone = _log_softmax(grams[code])
            scores[f"sentiment {code}, n-grams alone"] = figures(labels[code], alone)
            start += len(labels[code])
    return settings, scores, (weights, scales)


def complaint_ngrams(task: Task, airlines: Sequence[Example]) -> Table:
    """Fit n-grams on complaints and messages to airlines; give weights and scales."""
    trainer = NgramTrainer([*task.train, *airlines], PENALTY_OF_COMPLAINTS, balanced=True)
    weights, scales = quantised([trainer.weights])
    return weights[0], scales[0]


def calibrated(
    task: Task, runner: Runner, ngrams: Table | None = None
) -> tuple[list[float], dict[str, Any]]:
    """Find the power and class biases that calibrate a head; give them and the scores.

    Complaints are weighed to be half of the texts, for most of the set's other texts never went
    to a company; emotions are calibrated as frequent as they are. N-grams get
    the weight of the head: what they are worth in unseen industries cannot be fitted on texts
    of seen ones.
    """
    logs = runner.logs(task.held_out, task.name)
    if ngrams is not None:
        weights, scales = ngrams
        sparse = _matrix([features(example.text) for example in task.held_out])
        logs = logs + np.asarray(sparse @ (weights.astype(np.float64) * scales))
    labels = np.array([example.label for example in task.held_out])
    balanced = task.name == "comp"

    def fit(at: NDArray[np.int64]) -> Numbers:
        return fit_fusion(
            logs[at], np.zeros_like(logs[at]), labels[at], biased=balanced, balanced=balanced
        )

    answers = crossed(fit, lambda by: fused(logs, np.zeros_like(logs), by), len(labels))
    by = fit(np.arange(len(labels)))
    if ngrams is not None:
        by[1] = by[0]
    return [round(float(value), 4) for value in by], figures(labels, answers)


def _log_softmax(logits: Numbers) -> Numbers:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # type: ignore[no-any-return]  # numpy gives Any here


def export(base: dict[str, Any], tuned: Path, tasks: dict[str, Task], path: Path) -> None:
    """Write the graph: the trunk as it was, and as it became."""
    learner = Learner(base, {task.name: len(task.labels) for task in tasks.values()})
    original = {name: value.numpy().copy() for name, value in learner.trunk.state_dict().items()}
    learner.load_state_dict(load_file(tuned), strict=False)
    became = {name: value.numpy() for name, value in learner.trunk.state_dict().items()}
    state = {name: value.numpy() for name, value in learner.heads.state_dict().items()}
    heads = {name: (state[f"{name}.weight"], state[f"{name}.bias"]) for name in HEADS}
    write(path, original, became, heads)


def main() -> None:
    """Read the command line and write the files of the encoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "base", "tuned", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    asked = parser.parse_args()
    tasks = material(asked.data)
    base, tokenizer = base_weights(asked.base)
    asked.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    graph = asked.out / "encoder.int8.onnx"
    export(base, asked.tuned, tasks, graph)
    runner = Runner(graph, tokenizer)
    fusion, scores, (weights, scales) = sentiment(tasks["sent"], runner)
    ngrams = complaint_ngrams(tasks["comp"], airline(asked.data, AIRLINES))
    fusion["comp"], scores["comp"] = calibrated(tasks["comp"], runner, ngrams)
    _, scores["comp, graph alone"] = calibrated(tasks["comp"], runner)
    fusion["emo"], scores["emo"] = calibrated(tasks["emo"], runner)
    np.savez_compressed(
        asked.out / "ngrams.npz",
        weights=weights,
        scales=scales,
        complaint_weights=ngrams[0],
        complaint_scales=ngrams[1],
    )
    labels = {
        "outputs": {name: list(tasks[name].labels) for name in HEADS},
        "max_length": LONGEST,
        "languages": list(LANGUAGES),
        "fusion": fusion,
        "scores": scores,
    }
    text = msgspec.json.format(msgspec.json.encode(labels), indent=1)
    (asked.out / "labels.json").write_bytes(text + b"\n")
    say(text.decode())


if __name__ == "__main__":
    main()
