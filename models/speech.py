"""Which speech model is meant by a name, and on what it runs."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from models.catalogue import CATALOGUE

EDGE = 1 << 20  # bytes of a user's own weights, at either end, that tell them from others


class SpeechModel(NamedTuple):
    """A speech model: its name for people and for remembered answers, where it is, how it runs.

    `source` is a folder, or what faster-whisper finds on the model hub. `device` is `cpu` or
    `cuda`.
    """

    name: str
    source: Path | str
    device: str
    compute_type: str


def speech_model(
    name: str, models: Path, device: str = "auto", compute_type: str = ""
) -> SpeechModel:
    """Find the model that a user calls `name`; `models` is the folder of fetched weights.

    It may be in the catalogue (`whisper-base`, or `base` for short), a folder of a model converted
    for faster-whisper, or a size or repository that faster-whisper loads from the model hub
    (`large-v3`, `owner/name`). A folder's name gets a fingerprint of the weights: other weights
    in the same folder are another engine. `auto` takes a GPU where CTranslate2 can use one. Left
    open, numbers are kept as `int8` on a CPU and as `float16` on a GPU.
    """
    if device == "auto":
        import ctranslate2

        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    compute = compute_type or ("float16" if device == "cuda" else "int8")
    return SpeechModel(*_found(name, models), device, compute)


def _found(name: str, models: Path) -> tuple[str, Path | str]:
    for known in (name, f"whisper-{name}"):
        if known in CATALOGUE:
            return known, models / known
    for folder in (Path(name).expanduser(), models / name):
        if folder.is_dir():
            return f"{folder.resolve().name}@{_fingerprint(folder)}", folder
    return name, name


def _fingerprint(folder: Path) -> str:
    seen = blake2b(digest_size=4)
    weights = folder / "model.bin"
    if weights.is_file():
        size = weights.stat().st_size
        seen.update(str(size).encode())
        with weights.open("rb") as stream:
            seen.update(stream.read(EDGE))
            stream.seek(max(size - EDGE, 0))
            seen.update(stream.read(EDGE))
    return seen.hexdigest()
