"""The cache fetches once, keeps what was used last, and never takes away what is in use."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from infra.blob_cache import BlobCache
from schemas.ids import content_hash

NAMES = [content_hash(b"%d" % number) for number in range(6)]


def write(target: BinaryIO) -> None:
    target.write(b"x" * 100)


def age(cache: BlobCache, name: str, seconds: int) -> Path:
    path = cache.get(name, write)
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))
    return path


def test_a_file_is_fetched_once_however_many_threads_ask(tmp_path: Path) -> None:
    cache, fetched, together = BlobCache(tmp_path, 1000), [], threading.Barrier(4)

    def fetch(target: BinaryIO) -> None:
        fetched.append(1)
        write(target)

    def ask(_: int) -> bytes:
        together.wait()
        return cache.get(NAMES[0], fetch).read_bytes()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(4))) == {b"x" * 100}
    assert len(fetched) == 1


def test_a_full_cache_loses_what_was_used_longest_ago(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path, 300)
    old, used = age(cache, NAMES[0], 3000), age(cache, NAMES[1], 2000)
    cache.get(NAMES[1], write)  # used again just now
    cache.get(NAMES[2], write)
    assert old.exists()
    cache.get(NAMES[3], write)
    assert not old.exists()
    assert used.exists()
    assert cache.get(NAMES[2], write).exists()


def test_what_was_given_out_just_now_stays_however_full_the_cache_is(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path, 150)
    given = [cache.get(name, write) for name in NAMES]
    assert all(path.exists() for path in given)


def test_a_cache_counts_what_an_earlier_process_left(tmp_path: Path) -> None:
    left = age(BlobCache(tmp_path, 250), NAMES[0], 3000)
    cache = BlobCache(tmp_path, 250)
    cache.get(NAMES[1], write)
    assert left.exists()
    cache.get(NAMES[2], write)
    assert not left.exists()


def test_what_was_dropped_is_fetched_again(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path, 1000)
    path = cache.get(NAMES[0], write)
    cache.drop(NAMES[0])
    cache.drop(NAMES[0])
    assert not path.exists()
    assert cache.get(NAMES[0], write).exists()
