"""The way into a PostgreSQL, and what it means when it is closed or an answer is an error."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict

from infra.postgres_wire import register
from schemas.errors import ConfigError, Conflict, ThreadlineError, Unavailable

Connection = psycopg.Connection[tuple[Any, ...]]

# Nothing may hang in silence: not a statement, a lock, a dead network, nor a worker that was
# stopped inside a transaction and holds up the one that took over.
_SESSION = {
    "statement_timeout": "60s",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "60s",
    # A plan kept from when a table was small would read all of it when it is large.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
}
_CONNECTION = {
    "application_name": "threadline",
    "client_encoding": "UTF8",
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
# libpq gives no code for a connection that is refused, only words.
_REFUSED = (
    "authentication failed", "no password supplied", "does not exist", "no pg_hba.conf entry",
    "permission denied", "not permitted to log in", "does not support SSL", "certificate",
    "invalid ", "is not currently accepting connections", "authentication method",
)  # fmt: skip
_LASTING = ("0A", "28", "3D", "3F", "42")
_PASSING = ("08", "25", "40", "53", "55", "57", "58")
_RACES = ("40001", "40P01")
READ_ONLY = "25006"


class Address(NamedTuple):
    """Where a database is and how to get in; prints without its secrets."""

    parameters: dict[str, Any]

    @classmethod
    def of(cls, url: str, password: str | None = None) -> Address:
        """Read a URL or libpq's own form; its parameters win over our defaults.

        Raises:
            ConfigError: it cannot be read.
        """
        try:
            given = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            # Not with the vendor's words: they quote the URL, and that may hold the password.
            raise ConfigError("the URL of the PostgreSQL store cannot be read") from None
        if password is not None:
            given["password"] = password
        settings = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
        options = f"{settings} {given.pop('options', None) or ''}".rstrip()
        return cls({**_CONNECTION, **given, "options": options})

    def __str__(self) -> str:
        host, port, name = (self.parameters.get(k) for k in ("host", "port", "dbname"))
        return f"PostgreSQL at {host or 'localhost'}:{port or 5432}/{name or ''}"

    def __repr__(self) -> str:
        return f"Address({self})"


def connect(address: Address) -> Connection:
    """Open a connection that commits each statement by itself.

    Raises:
        ConfigError: the server refuses us, or keeps text in another encoding than UTF8.
        Unavailable: it cannot be reached now.
    """
    try:
        connection = psycopg.connect(**address.parameters, autocommit=True)
    except psycopg.Error as error:
        text = " ".join(str(error).split())[:300]
        lasting = any(words in text for words in _REFUSED)
        raise (ConfigError if lasting else Unavailable)(f"{address}: {text}") from None
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise ConfigError(f"{address} keeps text as {encoding}; it must be UTF8")
    register(connection.adapters)
    return connection


def fault(address: Address, error: psycopg.Error) -> ThreadlineError:
    """Say what an error means, without its detail: that may quote what customers wrote.

    Raises:
        psycopg.Error: the error itself, where the server has no part in it.
    """
    state = error.sqlstate
    if state is None:
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return Unavailable(f"{address}: the connection was lost")
        raise error
    if state in _RACES:
        return Conflict(f"{address}: another transaction went first ({state})")
    if state[:2] in _PASSING:
        return Unavailable(f"{address}: {error.diag.message_primary} ({state})")
    if state[:2] in _LASTING:
        return ConfigError(f"{address}: {error.diag.message_primary} ({state})")
    return ConfigError(f"{address} refuses {error.diag.table_name or 'a statement'} ({state})")
