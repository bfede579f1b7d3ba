"""Read the addresses of backends: URLs such as `kafka://one:9092,two:9092?prefix=x.`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from schemas.errors import ConfigError

_OPEN_OPTIONS = ("prefix", "endpoint", "region", "sslmode")
"""Options whose values may be printed; any other may hold a secret."""


class Address(NamedTuple):
    """The parts of an address. It may hold a password: print `without_secrets` of its URL."""

    scheme: str
    user: str
    password: str
    hosts: tuple[str, ...]
    path: str
    options: Mapping[str, str]


def read_address(
    variable: str, url: str, schemes: Collection[str], options: Collection[str] | None = None
) -> Address:
    """Take an address apart; `options` are those that may be named, any where None.

    Raises:
        ConfigError: naming the variable and what is wrong, never the address, which holds secrets.
    """
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in schemes:
        known = ", ".join(f"{one}://" for one in schemes)
        given = f"{scheme}://" if separator else "an address without a scheme"
        raise ConfigError(f"{variable}: {given} is none of {known}")
    parts = _split(variable, url)
    login, _, places = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    hosts = tuple(_host(variable, place) for place in places.split(",")) if places else ()
    if parts.fragment:
        raise ConfigError(f"{variable}: write # in a password or name as %23")
    named = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(named.keys() - set(options)) if options is not None else []
    if unknown:
        may = ", ".join(options or ()) or "none"
        raise ConfigError(f"{variable}: there is no option {unknown[0]!r}; there are: {may}")
    return Address(scheme, unquote(user), unquote(password), hosts, unquote(parts.path), named)


def without_secrets(url: str) -> str:
    """Write an address as it may be printed: without user, password and unknown options."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return "***" if url else ""
    # Up to the last @ of all: a password that was not quoted may hold any sign.
    login, at, place = rest.rpartition("@")
    place, question, query = place.partition("?")
    return f"{scheme}://{'***@' if login or at else ''}{place}{question}{_shown(query)}"


def _shown(query: str) -> str:
    return re.sub(
        r"([^=&]+)=([^&]*)",
        lambda found: found[0] if found[1] in _OPEN_OPTIONS else f"{found[1]}=***",
        query,
    )


def _split(variable: str, url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        # Not chained: the message of the standard library quotes the address.
        raise ConfigError(f"{variable}: the address cannot be read") from None


def _host(variable: str, place: str) -> str:
    try:
        parts = urlsplit(f"//{place}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigError(
            f"{variable}: a host or port cannot be read; write @, / and : in a password as "
            "%40, %2F and %3A"
        ) from None
    if not host:
        raise ConfigError(f"{variable}: a host is missing")
    return place
