"""The homes of stores and views that the contract suites run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.store.base import Store, Views
from tests.contract.store_cases import (
    Home,
    MemoryHome,
    PostgresHome,
    Read,
    ReadHome,
    SqliteHome,
)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def home(request: pytest.FixtureRequest) -> Iterator[Home]:
    """Every home there is."""
    if request.param == "memory":
        yield MemoryHome()
        return
    yield from _open(request, request.param)


@pytest.fixture(params=["sqlite", "postgres"])
def read_home(request: pytest.FixtureRequest) -> Iterator[ReadHome]:
    """Every home that people can read."""
    yield from _open(request, request.param)


@pytest.fixture
def store(home: Home) -> Store:
    return home.store()


@pytest.fixture
def read(home: Home) -> Read:
    return home.read


@pytest.fixture
def views(read_home: ReadHome) -> Views:
    return read_home.views


@pytest.fixture
def written(read_home: ReadHome) -> Store:
    """The store whose rows `views` reads."""
    return read_home.store()


def _open(request: pytest.FixtureRequest, kind: str) -> Iterator[SqliteHome | PostgresHome]:
    opened: SqliteHome | PostgresHome
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        opened = SqliteHome(folder / "home.db")
    else:
        opened = PostgresHome(request.getfixturevalue("fresh_database"))
    yield opened
    opened.close()
