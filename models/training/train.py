"""Tune the upper layers of MiniLM on all tasks together, then gently on complaints, on one core.

Run `python -m models.training.train --data DIR --base DIR --out DIR`, then the same with
`--stage complaints --start FILE`.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from models.training.material import MANIFEST, Example, Task, airline, material
from models.training.trunk import WIDTH, Trunk
from schemas.errors import ConfigError

SEED = 5
BATCH = 32
LONGEST = 64  # tokens, as at run time
HEAD_RATE = 1e-3
SMOOTHING = 0.05
MASK = 103  # "[MASK]" of BERT's vocabulary
GROUPS = {"sent": ("en", "further"), "emo": ("emo",), "comp": ("comp",), "bank": ("bank",)}
BALANCED = ("en", "comp")  # groups whose logits are freed of the class frequencies


@dataclass(frozen=True)
class Stage:
    """How one of the two stages trains."""

    passes: dict[str, float]  # over a group of texts, per epoch
    rate: float  # of the layers
    warm_up: int  # batches
    averaging: float  # of the weights, per batch
    masked: float  # share of the tokens of complaints and messages to airlines


STAGES = {
    # Small sets are seen more often, the auxiliary one less.
    "general": Stage(
        passes={"en": 1.0, "further": 2.0, "emo": 2.0, "airline": 1.0, "bank": 0.3},
        rate=1e-4, warm_up=150, averaging=0.998, masked=0.0,
    ),
    # Few steps and hidden words, so that it learns to complain and not the goods of an industry.
    "complaints": Stage(
        passes={"en": 0.08, "further": 0.1, "emo": 0.15, "comp": 5.0, "airline": 0.5},
        rate=5e-5, warm_up=30, averaging=0.99, masked=0.2,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One training example: its tokens, head, label, and the log prior its group is freed of."""

    ids: list[int]
    head: str
    label: int
    prior: Tensor


class Learner(nn.Module):  # type: ignore[misc]  # torch is untyped where it is not installed
    """The trunk with one linear head per task on the mean of its last layer."""

    def __init__(self, weights: dict[str, Tensor], sizes: dict[str, int]) -> None:
        super().__init__()
        self.trunk = Trunk(weights)
        self.heads = nn.ModuleDict({name: nn.Linear(WIDTH, size) for name, size in sizes.items()})

    def loss(self, batch: Sequence[Item]) -> Tensor:
        """Mean cross-entropy of a batch of mixed tasks.

        The prior of a group is added to its logits, so that the bare logits answer as if all
        classes were equally frequent (logit adjustment, Menon et al., 2021).
        """
        ids, present = padded([item.ids for item in batch])
        pooled = functional.dropout(self.trunk.pooled(ids, present).float(), 0.1)
        total = pooled.new_zeros(())
        for name, head in self.heads.items():
            at = [number for number, item in enumerate(batch) if item.head == name]
            if at:
                priors = torch.stack([batch[number].prior for number in at])
                labels = torch.tensor([batch[number].label for number in at])
                total = total + functional.cross_entropy(
                    head(pooled[at]) + priors, labels, reduction="sum", label_smoothing=SMOOTHING
                )
        return total / len(batch)


def padded(rows: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
    """Pad token ids with zeros; also tell where a token is."""
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
    return ids, torch.arange(width) < torch.tensor([[len(row)] for row in rows])


def items(
    tasks: dict[str, Task], airlines: Sequence[Example], tokenizer: Tokenizer
) -> dict[str, list[Item]]:
    """Tokenise the training parts, by the group that decides how often they are seen."""
    by_group: dict[str, list[Item]] = {}
    parts = [(task.name, group, [one for one in task.train if _group(task.name, one) == group])
             for task in tasks.values() for group in GROUPS[task.name]]  # fmt: skip
    for head, group, examples in [*parts, ("comp", "airline", list(airlines))]:
        counts = torch.ones(len(tasks[head].labels))
        for example in examples:
            if group in BALANCED:
                counts[example.label] += 1
        prior = (counts / counts.sum() * len(counts)).log()
        encodings = tokenizer.encode_batch([example.text for example in examples])
        by_group[group] = [
            Item(encoding.ids, head, example.label, prior)
            for example, encoding in zip(examples, encodings, strict=True)
        ]
    return by_group


def _group(task: str, example: Example) -> str:
    if task == "sent":
        return "en" if example.group == "en" else "further"
    return task


def epoch(
    by_group: dict[str, list[Item]], stage: Stage, chance: random.Random
) -> Iterator[list[Item]]:
    """Yield batches of equal length in random order; a group is seen as often as `stage` says."""
    chosen: list[Item] = []
    for name, passes in stage.passes.items():
        every = by_group[name]
        chosen += every * int(passes) + chance.sample(every, int(len(every) * (passes % 1)))
    chance.shuffle(chosen)
    batches = []
    for start in range(0, len(chosen), BATCH * 64):
        chunk = sorted(chosen[start : start + BATCH * 64], key=lambda item: len(item.ids))
        batches += [chunk[at : at + BATCH] for at in range(0, len(chunk), BATCH)]
    chance.shuffle(batches)
    yield from batches


def masked(item: Item, share: float, chance: random.Random) -> Item:
    """Hide a share of the words of a complaint, but neither its first token nor its last."""
    if item.head != "comp" or not share:
        return item
    first, *inner, last = item.ids
    inner = [MASK if chance.random() < share else token for token in inner]
    return replace(item, ids=[first, *inner, last])


def train(learner: Learner, by_group: dict[str, list[Item]], stage: Stage, epochs: float,
          out: Path) -> None:  # fmt: skip
    """Train one stage; the rate falls to zero over `epochs`."""
    chance = _chance()
    steps = int(epochs * sum(1 for _ in epoch(by_group, stage, _chance())))
    tuned = [value for value in learner.trunk.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {"params": tuned, "lr": stage.rate},
            {"params": learner.heads.parameters(), "lr": HEAD_RATE},
        ],
        weight_decay=0.01,
        fused=True,
    )
    rates = [group["lr"] for group in optimiser.param_groups]
    average = {name: value.clone() for name, value in _tuned(learner).items()}
    begun, spent, step, losses = time.monotonic(), time.process_time(), 0, 0.0
    while step < steps:
        for batch in epoch(by_group, stage, chance):
            if step >= steps:
                break
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * min((step + 1) / stage.warm_up, 1 - step / steps)
            with torch.autocast("cpu", torch.bfloat16):
                loss = learner.loss([masked(one, stage.masked, chance) for one in batch])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(tuned, 1.0)
            optimiser.step()
            step += 1
            losses += loss.item()
            keep = min(stage.averaging, step / (step + 10))
            for name, value in _tuned(learner).items():
                average[name].lerp_(value, 1 - keep)
            if step % 50 == 0:
                wall, cpu = time.monotonic() - begun, time.process_time() - spent
                say(f"{step}/{steps} loss {losses / 50:.3f} wall {wall:.0f} s cpu {cpu:.0f} s")
                losses = 0.0
            if step % 400 == 0:
                save_file(average, out / "tuned.safetensors")
    save_file(average, out / "tuned.safetensors")


def _chance() -> random.Random:
    return random.Random(SEED)  # noqa: S311  # equal runs shall give equal weights


def say(line: str) -> None:
    """Tell how far it is."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _tuned(learner: Learner) -> dict[str, Tensor]:
    return {name: value.data for name, value in learner.named_parameters() if value.requires_grad}


def base_weights(folder: Path) -> tuple[dict[str, Tensor], Tokenizer]:
    """Load MiniLM and its tokeniser.

    Raises:
        ConfigError: they are not the files of the manifest.
    """
    known: dict[str, Any] = msgspec.json.decode(MANIFEST.read_bytes())["base"]
    for name in ("model.safetensors", "tokenizer.json"):
        with (folder / name).open("rb") as stream:
            if file_digest(stream, "sha256").hexdigest() != known[name]:
                raise ConfigError(f"{folder / name} is not the file that the recipe starts from")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return load_file(folder / "model.safetensors"), tokenizer


def main() -> None:
    """Read the command line, train, and write `tuned.safetensors`."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "base", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--stage", choices=STAGES, default="general")
    parser.add_argument("--start", type=Path, help="the weights that the stage before wrote")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument(
        "--without", nargs="*", default=[], help="domains of complaints to leave out"
    )
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    asked.out.mkdir(parents=True, exist_ok=True)
    weights, tokenizer = base_weights(asked.base)
    tasks = material(asked.data)
    complaints = [e for e in tasks["comp"].train if e.group not in asked.without]
    tasks["comp"] = tasks["comp"]._replace(train=complaints)
    learner = Learner(weights, {task.name: len(task.labels) for task in tasks.values()})
    if asked.start:
        learner.load_state_dict(load_file(asked.start), strict=False)
    by_group = items(tasks, airline(asked.data), tokenizer)
    train(learner, by_group, STAGES[asked.stage], asked.epochs, asked.out)


if __name__ == "__main__":
    main()
