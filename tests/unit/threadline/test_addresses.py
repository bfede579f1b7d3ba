"""An address is read strictly, and never printed with what is secret in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ConfigError
from threadline.addresses import read_address, without_secrets

SCHEMES = ("kafka", "kafka+ssl")


def test_an_address_is_taken_apart() -> None:
    address = read_address(
        "THREADLINE_X", "kafka+ssl://ana:s%40crit@one:1,[::1]:2/a?prefix=x.", SCHEMES
    )
    assert (address.scheme, address.user, address.password) == ("kafka+ssl", "ana", "s@crit")
    assert address.hosts == ("one:1", "[::1]:2")
    assert (address.path, address.options) == ("/a", {"prefix": "x."})


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("kafak://one", "kafak:// is none of kafka://, kafka\\+ssl://"),
        ("one:9092", "without a scheme"),
        ("kafka://one:port", "a host or port cannot be read"),
        ("kafka://one:99999", "a host or port cannot be read"),
        ("kafka://one,,two", "a host is missing"),
        ("kafka://:9092", "a host is missing"),
        ("kafka://[::1", "cannot be read"),
        ("kafka://one?prefx=x", "there is no option 'prefx'; there are: prefix"),
        ("kafka://one#two", "%23"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_with_its_variable(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=f"THREADLINE_X: .*{says}"):
        read_address("THREADLINE_X", url, SCHEMES, ("prefix",))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("", ""),
        ("kafka://one:1,two:2?prefix=x.", "kafka://one:1,two:2?prefix=x."),
        ("postgresql://ana:pw@db:5432/line", "postgresql://***@db:5432/line"),
        ("postgresql://db/line?password=pw&sslmode=require",
         "postgresql://db/line?password=***&sslmode=require"),
        ("s3://b?endpoint=http://ana:pw@store:9000", "s3://***@store:9000"),
        ("pw", "***"),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_no_password_shows_however_badly_it_is_quoted(tail: str) -> None:
    secret = f"Qz7{tail}"
    assert "Qz7" not in without_secrets(f"postgresql://ana:{secret}@host/db")
    assert "Qz7" not in without_secrets(f"postgresql://host/db?password={secret}")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_no_error_about_an_address_quotes_its_password(tail: str) -> None:
    try:
        read_address("THREADLINE_X", f"kafka://ana:Qz7{tail}@host:1", SCHEMES, ("prefix",))
    except ConfigError as error:
        assert "Qz7" not in str(error)  # noqa: PT017  # most of these raise nothing
        assert error.__cause__ is None  # noqa: PT017  # as above
