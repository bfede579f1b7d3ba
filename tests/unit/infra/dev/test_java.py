from __future__ import annotations

from pathlib import Path

import pytest

from infra.dev.java import find_java
from schemas.errors import ConfigError


@pytest.fixture(autouse=True)
def no_java_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setattr("shutil.which", lambda _: None)


def make_java(home: Path, version: str) -> Path:
    java = home / "bin/java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2026-01-01' >&2\n", "utf-8")
    java.chmod(0o755)
    return home


def test_the_java_of_java_home_comes_first(tmp_path: Path) -> None:
    mine = make_java(tmp_path / "mine", "21.0.1")
    make_java(tmp_path / "jvm/a", "25")
    assert find_java(21, "it", str(mine), tmp_path / "jvm") == mine


def test_a_java_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    mine = make_java(tmp_path / "mine", "1.8.0_402")
    make_java(tmp_path / "jvm/a", "17.0.15")
    newer = make_java(tmp_path / "jvm/b", "25.0.3")
    assert find_java(21, "it", str(mine), tmp_path / "jvm") == newer


def test_the_sentence_names_what_was_found_instead(tmp_path: Path) -> None:
    make_java(tmp_path / "jvm/a", "17.0.15")
    with pytest.raises(ConfigError, match=r"Kafka needs Java 21 or newer; found 17 in .*jvm/a"):
        find_java(21, "Kafka", "", tmp_path / "jvm")


def test_a_machine_without_java_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found none"):
        find_java(17, "Kafka", str(tmp_path / "gone"), tmp_path / "jvm")
