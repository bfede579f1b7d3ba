"""The folder of recordings keeps content once; its promises are in the contract suite."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.blobs import Blobs, write_whole


def test_the_same_bytes_lie_on_the_disk_once_however_they_come(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    data = b"sound" * 500_000
    file = tmp_path / "a.wav"
    file.write_bytes(data)
    blobs.put(data)
    blobs.put_file(file)
    assert [path.read_bytes() for path in tmp_path.glob("blobs/*/*")] == [data]


def test_many_writers_of_the_same_blob_leave_one_whole_file(tmp_path: Path) -> None:
    blobs, data = Blobs(tmp_path), b"x" * 300_000
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(blobs.put, [data] * 16))) == 1
    assert [path.stat().st_size for path in tmp_path.glob("*/*")] == [len(data)]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(target: object) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_whole(tmp_path / "folder" / "file", fail)
    assert list((tmp_path / "folder").iterdir()) == []
