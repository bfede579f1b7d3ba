"""The image is pinned, small in what it is made of, and not root."""

from __future__ import annotations

import re
import tomllib

from tests.unit.infra.deploy.deploy_files import DEPLOY, ROOT, compose, dockerfile
from threadline.settings import PREFIX, Settings, load_settings

PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"][
    "targets"
]["wheel"]["packages"]
VARIABLES = {f"{PREFIX}{name.upper()}" for name in Settings.__struct_fields__ if name != "file"}


def instructions(word: str) -> list[str]:
    """Give the arguments of each instruction of one kind, with continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", dockerfile())
    return re.findall(rf"^{word} (.*)$", joined, re.MULTILINE)


def test_every_base_is_pinned_to_a_patch_release_and_both_stages_share_it() -> None:
    bases = {base.split(" AS ")[0] for base in instructions("FROM")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", bases.pop())


def test_it_is_not_root_and_says_so_by_number() -> None:
    last = dockerfile().rpartition("\nFROM ")[2]
    users = re.findall(r"^USER (\d+):(\d+)$", last, re.MULTILINE)
    assert users == [("10001", "10001")]
    assert not re.search(r"^(RUN|COPY)", last.partition("\nUSER ")[2], re.MULTILINE)


def test_it_holds_every_package_and_the_context_lets_in_nothing_else() -> None:
    copied = {line.split()[0] for line in instructions("COPY") if len(line.split()) == 2}
    assert copied == set(PACKAGES)
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    first = next(line for line in ignore if not line.startswith("#"))
    let_in = {line[1:] for line in ignore if line.startswith("!")}
    assert first == "*"
    (files,) = [line.split()[:-1] for line in instructions("COPY") if line.endswith(" ./")]
    assert let_in == copied | set(files)


def test_what_is_installed_is_pinned_and_comes_with_the_cluster_adapters() -> None:
    installs = re.findall(r"pip install (.*?)(?= &&|$)", "\n".join(instructions("RUN")), re.M)
    assert len(installs) == 2
    assert all("--constraint requirements.txt" in line for line in installs)
    assert "[cluster]" in installs[-1]


def test_its_variables_are_settings_and_its_ports_theirs() -> None:
    named = set(re.findall(rf"\b{PREFIX}\w+", dockerfile()))
    assert {"THREADLINE_HOME", "THREADLINE_MODELS"} <= named <= VARIABLES
    health = compose()["services"]["worker"]["environment"]["THREADLINE_HEALTH_PORT"]
    assert instructions("EXPOSE") == [f"{load_settings(ROOT / 'none', {}).port} {health}"]


def test_weights_and_the_home_are_volumes() -> None:
    (environment,) = [line for line in instructions("ENV") if PREFIX in line]
    given = dict(re.findall(r"(\w+)=(\S+)", environment))
    (volumes,) = instructions("VOLUME")
    assert volumes == f'["{given["THREADLINE_HOME"]}", "{given["THREADLINE_MODELS"]}"]'
