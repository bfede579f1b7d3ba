"""What the pool of engines costs over the bare engines, as ratios of the same run.

Run `python tests/bench/bench_models.py [text|speech]`; THREADLINE_DATA and THREADLINE_MODELS say
where data and weights lie. Bare and pooled rounds alternate, so that a busy machine hurts both,
and both have a thread per core. Of texts, bare are tokeniser and graph, one text per run.
Targets: text >= 0.90 in texts per core-second, speech >= 0.95 in audio per second.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

from infra.audio import probe
from infra.engines import Engines
from models.catalogue import PACKAGED
from models.fetch import located
from schemas.answers import EncodeAsk, TranscribeAsk
from schemas.events import Track

ROOT = Path(__file__).parents[2]
DATA = Path(os.getenv("THREADLINE_DATA", str(ROOT / "../shared/data")))
MODELS = Path(os.getenv("THREADLINE_MODELS", str(ROOT / ".cache/models")))
CORES = os.cpu_count() or 1


class Cost(NamedTuple):
    wall_s: float
    cpu_s: float


def measured(work: Callable[[], object]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def compare(
    title: str, bare: Callable[[], object], pooled: Callable[[], object], *, amount: float,
    unit: str, rounds: int,
) -> None:  # fmt: skip
    bare(), pooled()  # load and warm up
    pairs = []
    for at in range(rounds):
        order = (bare, pooled) if at % 2 == 0 else (pooled, bare)
        costs = {work: measured(work) for work in order}
        pairs.append((costs[bare], costs[pooled]))
    for name, field in (("core-second", "cpu_s"), ("second", "wall_s")):
        ratio = median(getattr(b, field) / getattr(p, field) for b, p in pairs)
        rate = median(amount / getattr(p, field) for _, p in pairs)
        spread = " ".join(f"{getattr(b, field) / getattr(p, field):.2f}" for b, p in pairs)
        print(f"{title}: {rate:,.1f} {unit} per {name}, {ratio:.3f} of bare ({spread})")


def texts(limit: int = 400) -> list[str]:
    found = sorted((DATA / "sentiment" / "tweeteval").rglob("val_text.txt"))
    lines = [line for path in found for line in path.read_text("utf-8").splitlines() if line]
    return lines[:limit]


def bare_text(asked: Sequence[str]) -> Callable[[], None]:
    import onnxruntime
    from transformers import AutoTokenizer

    folder = PACKAGED / "utterance-encoder"
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True).backend_tokenizer
    tokenizer.no_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "encoder.int8.onnx"), options, providers=["CPUExecutionProvider"]
    )

    def read(texts: Sequence[str]) -> None:
        for text in texts:
            ids = np.array([tokenizer.encode(text).ids])
            session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})

    def bare() -> None:
        with ThreadPoolExecutor(CORES) as pool:
            list(pool.map(read, [asked[core::CORES] for core in range(CORES)]))

    return bare


def bench_text(rounds: int = 7) -> None:
    asked = texts()
    if not asked:
        sys.exit(f"no texts in {DATA}: set THREADLINE_DATA")
    bare = bare_text(asked)
    engines = Engines(Path, models=MODELS, text_threads=CORES)

    def pooled() -> None:
        asks = [EncodeAsk(text=text, language_hint="en") for text in asked]
        for future in [engines.submit(ask) for ask in asks]:
            future.result()

    compare("text", bare, pooled, amount=len(asked), unit="texts", rounds=rounds)
    engines.close()


def calls(limit_s: float) -> tuple[list[Path], float]:
    chosen, total = [], 0.0
    for path in sorted((DATA / "calls" / "vcon-server").glob("*.mp3")):
        if total < limit_s:
            chosen.append(path)
            total += probe(path).duration_s
    return chosen, total


def bare_speech(name: str, chosen: Sequence[Path]) -> Callable[[], None]:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model = WhisperModel(
        str(located(name, MODELS)), device="cpu", compute_type="int8", cpu_threads=1,
        num_workers=CORES,
    )  # fmt: skip

    def hear(path: Path) -> Sequence[object]:
        segments, _ = BatchedInferencePipeline(model).transcribe(
            str(path), language="en", beam_size=1, temperature=0.0, word_timestamps=True
        )
        return list(segments)

    def bare() -> None:
        with ThreadPoolExecutor(CORES) as pool:
            list(pool.map(hear, chosen))

    return bare


def bench_speech(rounds: int = 3, limit_s: float = 300) -> None:
    name = next((n for n in ("whisper-base", "whisper-tiny.en") if located(n, MODELS)), None)
    chosen, total = calls(limit_s)
    if name is None or not chosen:
        sys.exit(f"no weights in {MODELS} or no calls in {DATA}")
    bare = bare_speech(name, chosen)
    engines = Engines(Path, models=MODELS, speech=name, cores=CORES)

    def pooled() -> None:
        asks = [TranscribeAsk(tracks=(Track(blob=str(p)),), language="en") for p in chosen]
        for future in [engines.submit(ask) for ask in asks]:
            future.result()

    compare(f"speech {name}", bare, pooled, amount=total, unit="s of audio", rounds=rounds)
    engines.close()


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["text", "speech"]
    if "text" in wanted:
        bench_text()
    if "speech" in wanted:
        bench_speech()
