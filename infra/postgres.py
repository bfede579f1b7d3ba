"""One PostgreSQL through psycopg: sessions, round trips and transactions."""

from __future__ import annotations

import contextlib
import select
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from infra.postgres_access import READ_ONLY, Address, Connection, connect, fault
from schemas.errors import Unavailable

STREAMED = 1000
"""Rows of a stream that are fetched at a time."""

Statement = tuple[bytes, tuple[object, ...]]
"""Text with `%s`, and the values for it."""

Cursor = psycopg.Cursor[tuple[Any, ...]]


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
        self._spoiled = False
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
        # After a fail-over the server that we know only reads; the address may lead to another.
        if connection and not self._pipeline and (self._spoiled or _has_ended(connection)):
            self.close()
        if self._connection is None:
            self._connection, self._spoiled = connect(self.address), False
        return self._connection

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            self._failed = self._inside
            self._spoiled = error.sqlstate == READ_ONLY
            raise fault(self.address, error) from None


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
