"""One transaction at a time in the database that the job engine uses too, SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from foley_common.errors import StoreReadOnly, StoreUnavailable
from foley_common.observability import get_logger

SQLITE_BUSY_TIMEOUT_MS = 30_000
"""As the job engine's own: a writer waits this long for another one before it fails."""


_T = TypeVar("_T")


class Database:
    """A database with tables of ours. Every method may be called from many tasks at once."""

    def __init__(self, database_url: str, tables: sa.MetaData) -> None:
        """Open the database and create what is missing.

        Raises:
            StoreReadOnly, StoreUnavailable: the database cannot be opened.
        """
        url = sa.make_url(database_url)
        if url.get_backend_name() == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        self._engine = sa.create_engine(url, pool_pre_ping=True)
        self._where = url.render_as_string(hide_password=True)
        if url.get_backend_name() == "sqlite":
            _prepare_sqlite(self._engine, url.database)
        try:
            try:
                tables.create_all(self._engine)
            except (exc.IntegrityError, exc.ProgrammingError):
                # Another gateway of a new cluster made them in between: now they are found.
                tables.create_all(self._engine)
        except exc.DBAPIError as error:
            raise StoreUnavailable(
                f"the database {self._where} cannot be used: {error.orig}", store=self._where
            ) from error

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    async def run(self, work: Callable[[sa.Connection], _T], *, writes: bool = False) -> _T:
        """What some work in a transaction gives; it may be done twice.

        Args:
            work: Is handed the connection.
            writes: True when it changes something.

        Raises:
            StoreUnavailable: the database does not answer.
        """

        def transaction() -> _T:
            with self._engine.begin() as connection:
                if writes and connection.dialect.name == "sqlite":
                    # Python's sqlite3 would begin at the first write, after the reads that decide on it.
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                return work(connection)

        def tried() -> _T:
            try:
                try:
                    return transaction()
                except exc.IntegrityError:  # somebody added the same in between: now it is found
                    return transaction()
            except exc.DBAPIError as error:
                raise self._failed(error) from error

        return await asyncio.to_thread(tried)

    def _failed(self, error: exc.DBAPIError) -> StoreUnavailable:
        """What callers are told: of a server neither address nor user nor its own words, which the log has."""
        if self._engine.dialect.name == "sqlite":
            return StoreUnavailable(
                f"the database {self._where} does not answer: {error.orig}", store=self._where
            )
        get_logger().error("database_failed", database=self._where, problem=str(error.orig))
        return StoreUnavailable("the database does not answer; try again", store="postgresql")


def _prepare_sqlite(engine: sa.Engine, path: str | None) -> None:
    if path:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreReadOnly(
                f"the folder of the database {path} cannot be made: {error.strerror}", path=path
            ) from error

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sa.PoolProxiedConnection, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")  # type: ignore[attr-defined]
        connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined] # readers do not block writers
