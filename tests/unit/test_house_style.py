"""The house rules that no linter checks."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("threadline", "api", "streams", "infra", "models", "processors", "schemas")
LONGEST_FILE = 500
LONGEST_FUNCTION = 60
BROAD_EXCEPT = {
    "streams/delivery.py",  # around a record: any fault must name its record
    "api/envelope.py",  # around a request: a traceback may quote a customer
    "infra/rounds.py",  # around an ask, as executors do: the fault is told to who asked
}
READS_THE_ENVIRONMENT = {"threadline/settings.py"}
# Written in pieces, so that this file does not hold what it forbids.
FORBIDDEN = (
    "/wo" + "rk/",
    "py" + "pi.org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
)
BINARY = {".wav", ".onnx", ".png", ".ico", ".woff2", ".gz"}


def in_git() -> list[Path]:
    """List the files of the repository that are there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


SOURCES = sorted(
    path
    for folder in (*PACKAGES, "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
TREES = {name_of(path): ast.parse(path.read_text("utf-8")) for path in SOURCES}
OURS = {name: tree for name, tree in TREES.items() if not name.startswith("tests/")}


def test_no_file_is_longer_than_the_limit() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


def test_no_function_is_longer_than_the_limit() -> None:
    long = {
        f"{name}: {function}": lines
        for name, tree in TREES.items()
        for function, lines in functions(tree)
        if lines > LONGEST_FUNCTION
    }
    assert long == {}


def catches_everything(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))
        for kind in kinds
    )


def raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_a_broad_except_that_swallows_stands_around_a_record_a_request_or_an_ask_only() -> None:
    broad = {
        name
        for name, tree in OURS.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and catches_everything(node)
        and not raises_again(node)
    }
    assert broad == BROAD_EXCEPT


def test_one_file_reads_the_environment() -> None:
    readers = {
        name
        for name, tree in OURS.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert readers == READS_THE_ENVIRONMENT


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = ("util", "utils", "helper", "helpers", "manager", "common_utils", "misc")
    assert [name for name in TREES if Path(name).stem in empty] == []


def test_nobody_else_owns_the_names_of_our_packages() -> None:
    owners = packages_distributions()
    for package in PACKAGES:
        assert set(owners.get(package, ["threadline"])) == {"threadline"}


def test_every_package_says_what_it_is() -> None:
    silent = [
        name
        for name, tree in OURS.items()
        if Path(name).name == "__init__.py" and not ast.get_docstring(tree)
    ]
    assert silent == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = [
        f"{name_of(path)}: {word}"
        for path in in_git()
        if path.suffix not in BINARY
        for word in FORBIDDEN
        if word.encode() in path.read_bytes()
    ]
    assert found == []
