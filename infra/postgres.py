"""One PostgreSQL through psycopg: sessions, round trips, transactions, and what its errors mean."""

from __future__ import annotations

import contextlib
import select
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from infra.postgres_wire import register
from schemas.errors import ConfigError, Conflict, ThreadlineError, Unavailable

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
    "SSL error", "invalid", "is not currently accepting connections", "authentication method",
)  # fmt: skip
_LASTING = ("0A", "28", "3D", "3F", "42")
_PASSING = ("08", "25", "40", "53", "55", "57", "58")
_RACES = ("40001", "40P01")

STREAMED = 1000
"""Rows of a stream that are fetched at a time."""

Statement = tuple[bytes, tuple[object, ...]]
"""Text with `%s`, and the values for it."""

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]


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


class Session:
    """One connection, opened when it is first used and again after it was lost.

    Belongs to one thread at a time. Inside `transaction` statements that need no answer wait and
    are sent together with the next question or the commit, in one round trip.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._connection: Connection | None = None
        self._waiting: list[Statement] = []
        self._inside = False
        self._failed = False
        self._pipeline: psycopg.Pipeline | None = None
        self._leave = contextlib.ExitStack()

    def ask(self, *statements: Statement) -> list[list[Any]]:
        """Run statements in one round trip; give the rows of each.

        Raises:
            Unavailable: the server cannot be reached, or not now; a transaction is lost with it.
            Conflict: another transaction was in the way.
            ConfigError: the server refuses us or the statement.
        """
        with self._faults():
            if self._inside:
                cursors = self._queue(statements)
                assert self._pipeline is not None
                self._pipeline.sync()
            else:
                cursors = self._run(statements)
            return [one.fetchall() if one.description else [] for one in cursors]

    def stream(self, statement: Statement) -> Iterator[Any]:
        """Run one query outside a transaction; give its rows one by one, page by page.

        Raises as `ask` does.
        """
        with self._faults():
            connection = self._open()
            with connection.transaction(), connection.cursor("stream") as cursor:
                cursor.itersize = STREAMED
                cursor.execute(*statement, binary=True)
                yield from cursor

    def tell(self, statement: Statement) -> None:
        """Run a statement that gives no rows: with the commit, or at once without transaction."""
        if self._inside:
            self._waiting.append(statement)
        else:
            self.ask(statement)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything inside, or nothing; nested calls join the outer transaction.

        Raises:
            Unavailable: the server was lost. If the commit's answer was, then it may have happened:
                read again.
        """
        if self._inside:
            yield
            return
        self._inside = True
        try:
            yield
            if self._pipeline is not None or self._waiting:
                with self._faults():
                    self._queue([_COMMIT])
                    self._leave_pipeline()
        finally:
            self._inside = self._failed = False
            self._waiting.clear()
            self._clean_up()

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __del__(self) -> None:
        self.close()

    def _run(self, statements: Sequence[Statement]) -> list[Cursor]:
        connection = self._open()
        if len(statements) == 1:
            return [connection.execute(*statements[0], binary=True)]
        with connection.pipeline():
            return [connection.execute(*one, binary=True) for one in statements]

    def _queue(self, statements: Sequence[Statement]) -> list[Cursor]:
        """Send statements of a transaction, after those that had to wait, without waiting."""
        if self._failed:
            # Whoever caught the error must not go on as if what came before were still there.
            raise Unavailable(f"{self.address}: this transaction has failed already")
        connection = self._open()
        if self._pipeline is None:
            # One for the whole transaction: leaving it inside tells the server to flush, and then
            # it no longer counts how long the transaction has stood idle.
            self._pipeline = self._leave.enter_context(connection.pipeline())
            connection.execute(*_BEGIN)
        for one in self._waiting:
            connection.execute(*one)
        self._waiting.clear()
        return [connection.execute(*one, binary=True) for one in statements]

    def _leave_pipeline(self) -> None:
        self._pipeline = None
        self._leave.close()

    def _clean_up(self) -> None:
        """Roll back what is still open, or drop a connection that will not do even that."""
        connection = self._connection
        try:
            self._leave_pipeline()
            if connection is not None and _status(connection) != TransactionStatus.IDLE:
                connection.rollback()
        except psycopg.Error:
            self.close()
            return
        if connection is not None and _status(connection) != TransactionStatus.IDLE:
            self.close()

    def _open(self) -> Connection:
        connection = self._connection
        if connection is not None and self._pipeline is None and _has_ended(connection):
            self.close()
            connection = None
        if connection is None:
            connection = self._connection = self._connect()
        return connection

    def _connect(self) -> Connection:
        try:
            connection = psycopg.connect(**self.address.parameters, autocommit=True)
        except psycopg.Error as error:
            text = " ".join(str(error).split())[:300]
            lasting = any(words in text for words in _REFUSED)
            raise (ConfigError if lasting else Unavailable)(f"{self.address}: {text}") from None
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            connection.close()
            raise ConfigError(f"{self.address} keeps text as {encoding}; it must be UTF8")
        register(connection.adapters)
        return connection

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise self._fault(error) from None

    def _fault(self, error: psycopg.Error) -> ThreadlineError:
        """Say what an error means, without its detail: that may quote what customers wrote."""
        state = error.sqlstate
        self._failed = self._inside
        connection = self._connection
        if connection is not None and connection.broken and not self._inside:
            self.close()
        if state is None and not isinstance(
            error, psycopg.OperationalError | psycopg.InterfaceError
        ):
            raise error
        if state is None:
            return Unavailable(f"{self.address}: the connection was lost")
        if state in _RACES:
            return Conflict(f"{self.address}: another transaction went first ({state})")
        if state[:2] in _PASSING:
            return Unavailable(f"{self.address}: {error.diag.message_primary} ({state})")
        if state[:2] in _LASTING:
            return ConfigError(f"{self.address}: {error.diag.message_primary} ({state})")
        table = error.diag.table_name or "a statement"
        return ConfigError(f"{self.address} refuses {table} ({state})")


_BEGIN: Statement = (b"BEGIN ISOLATION LEVEL READ COMMITTED", ())
_COMMIT: Statement = (b"COMMIT", ())


def _status(connection: Connection) -> TransactionStatus:
    return connection.info.transaction_status


def _has_ended(connection: Connection) -> bool:
    """Tell without asking the server: on an idle connection only its end makes itself heard."""
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
