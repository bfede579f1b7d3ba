"""The blob store keeps content once, under its own hash."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.blobs import Blobs
from schemas.errors import InvalidEvent
from schemas.ids import content_hash


def test_the_same_bytes_are_kept_once_however_they_come(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    data = b"sound" * 500_000
    file = tmp_path / "a.wav"
    file.write_bytes(data)
    assert blobs.put(data) == blobs.put_file(file) == content_hash(data)
    assert [path.read_bytes() for path in tmp_path.glob("blobs/*/*")] == [data]


def test_a_blob_is_read_back(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"sound")
    with blobs.open(name) as file:
        assert file.read() == b"sound"
    assert blobs.holds(name)


def test_a_missing_blob_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidEvent) as caught:
        Blobs(tmp_path).path("0" * 40)
    assert caught.value.reason == "missing_blob"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 40, "0" * 40 + "\n", "/etc/passwd"])
def test_a_name_can_never_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        Blobs(tmp_path).path(name)
    assert caught.value.reason == "invalid_blob"
    assert not Blobs(tmp_path).holds(name)


def test_many_writers_of_the_same_blob_leave_one_whole_file(tmp_path: Path) -> None:
    blobs, data = Blobs(tmp_path), b"x" * 300_000
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(blobs.put, [data] * 16))) == 1
    assert [path.stat().st_size for path in tmp_path.glob("*/*")] == [len(data)]


def test_a_removed_blob_is_gone_and_removing_it_again_is_no_error(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"sound")
    blobs.remove(name)
    blobs.remove(name)
    assert not blobs.holds(name)
