from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infra.dev.artifacts import jars, unpacked
from schemas.errors import ConfigError, Unavailable

JAR = ("com.example:nothing:1.0",)
# A Maven that writes one file where it is told to, and counts its runs.
MAVEN = """#!/bin/sh
echo run >> {runs}
for word in "$@"; do
  case "$word" in -DoutputDirectory=*) {make} ;; esac
done
{last}
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def install_maven(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: str, last: str = "exit 0"
) -> None:
    maven = tmp_path / "bin/mvn"
    maven.parent.mkdir()
    maven.write_text(MAVEN.format(runs=tmp_path / "runs", make=make, last=last), "utf-8")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{maven.parent}:/usr/bin:/bin")


ONE_JAR = 'echo classes > "${word#*=}/one.jar"'


def test_what_was_fetched_once_is_not_fetched_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runs: Path
) -> None:
    install_maven(monkeypatch, tmp_path, ONE_JAR)
    jars(JAR, tmp_path / "libs")
    assert (tmp_path / "libs/one.jar").read_text() == "classes\n"
    jars(JAR, tmp_path / "libs")
    assert runs.read_text() == "run\n"


def test_a_damaged_file_is_noticed_and_fetched_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install_maven(monkeypatch, tmp_path, ONE_JAR)
    jars(JAR, tmp_path / "libs")
    (tmp_path / "libs/one.jar").write_text("half")
    jars(JAR, tmp_path / "libs")
    assert (tmp_path / "libs/one.jar").read_text() == "classes\n"


def test_a_fetch_that_fails_says_why_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install_maven(monkeypatch, tmp_path, ONE_JAR, 'echo "no such artifact"; exit 1')
    with pytest.raises(Unavailable, match="no such artifact"):
        jars(JAR, tmp_path / "cache/libs")
    assert list((tmp_path / "cache").iterdir()) == []


def test_without_maven_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="install maven"):
        jars(JAR, tmp_path / "libs")


def test_an_archive_is_unpacked_so_that_another_user_can_run_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    top = tmp_path / "made/top-1.0"
    (top / "bin").mkdir(parents=True)
    (top / "bin/start").write_text("#!/bin/sh\n")
    (top / "bin/start").chmod(0o700)
    (top / "settings").write_text("mine")
    (top / "settings").chmod(0o600)
    shutil.make_archive(str(tmp_path / "archive"), "zip", tmp_path / "made")
    install_maven(monkeypatch, tmp_path, f'cp {tmp_path}/archive.zip "${{word#*=}}"')
    unpacked("com.example:top:1.0:zip", tmp_path / "programs")
    assert (tmp_path / "programs/bin/start").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "programs/settings").stat().st_mode & 0o777 == 0o644
