"""The database of a store: SQLite or PostgreSQL, and what goes wrong with it as one sentence."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url, text
from sqlalchemy.orm import Session

from crackscope.errors import StoreError, StoreUnavailableError
from crackscope.whole_file import make_folder

SQLITE, POSTGRESQL = "sqlite", "postgresql"
WAIT_S = 10
"""How long a writer waits for others, and a caller for a connection, before the database counts as away."""
_CONNECTIONS = 20
_BLOBS_LOCK = 0x637261636B01  # any number, the same in every process of one database
_DEFECTS = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)
_to_json = partial(json.dumps, allow_nan=False)


class Database:
    """Connections to one database, for any number of threads.

    Parameters
    ----------
    url : str
        ``sqlite:///path/of/file`` or ``postgresql://user:password@host/name``.

    Raises
    ------
    StoreError
        If the URL cannot be read, or names another kind of database.
    CrackscopeError
        If the folder of an SQLite file cannot be made.
    """

    def __init__(self, url: str) -> None:
        parsed = _checked(url)
        self.kind = parsed.get_backend_name()
        self.place = parsed.render_as_string(hide_password=True)
        if self.kind == SQLITE:
            self.place = parsed.database or self.place
            make_folder(Path(self.place).absolute().parent, of=Path(self.place))
        self.engine = _engine(parsed, self.kind)
        self._turn = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the database.

        Yields
        ------
        Session

        Raises
        ------
        StoreUnavailableError
            If the database does not answer.
        """
        with self._errors_as_sentences(), Session(self.engine) as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are kept together when it ends, or not at all.

        SQLite has one writer at a time. It takes that place at the beginning, because one that began by
        reading cannot wait for it; threads of this process queue up in order, where SQLite would have them
        poll.

        Yields
        ------
        Session

        Raises
        ------
        StoreUnavailableError
            If the database does not answer.
        """
        turn = self._turn if self.kind == SQLITE else contextlib.nullcontext()
        engine = self.engine.execution_options(crackscope_writes=True)
        with self._errors_as_sentences(), turn, Session(engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """Give a bare connection in a writing transaction, for migrations."""
        engine = self.engine.execution_options(crackscope_writes=True)
        with self._errors_as_sentences(), engine.begin() as connection:
            yield connection

    def keep_blobs(self, session: Session, *, exclusively: bool = False) -> None:
        """Keep blobs from being deleted by others until the transaction ends.

        Who names a blob in a row has to be sure that it is still there when the row is, and who deletes one,
        that nobody names it. SQLite has one writer anyway.

        Parameters
        ----------
        session : Session
            Of `writing`.
        exclusively : bool
            Also keep others from naming blobs, because some are about to be deleted.
        """
        if self.kind == POSTGRESQL:
            function = "pg_advisory_xact_lock" if exclusively else "pg_advisory_xact_lock_shared"
            session.execute(text(f"SELECT {function}(:number)"), {"number": _BLOBS_LOCK})

    @contextlib.contextmanager
    def _errors_as_sentences(self) -> Iterator[None]:
        try:
            yield
        except _DEFECTS:
            raise
        except (exc.DBAPIError, exc.TimeoutError) as error:
            reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0].rstrip(".")
            raise StoreUnavailableError(
                f"{self.place}: the database does not answer ({reason}); "
                "see that it runs and has room, then try again."
            ) from error


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
    except (exc.ArgumentError, ValueError):  # says the URL, and with it the password
        raise StoreError(
            "the store's URL cannot be read; "
            "write sqlite:///path/of/file or postgresql://user:password@host/name."
        ) from None
    if kind == POSTGRESQL:
        return parsed.set(drivername="postgresql+psycopg")
    if kind != SQLITE:
        raise StoreError(f"{kind}: stores live in sqlite or postgresql databases; name one of these.")
    if not parsed.database or parsed.database == ":memory:" or parsed.database.startswith("file:"):
        raise StoreError("sqlite: a store needs a file; write sqlite:///path/of/file.")
    return parsed.set(drivername="sqlite+pysqlite")


def _engine(url: URL, kind: str) -> Engine:
    options: dict[str, Any] = {
        "pool_size": _CONNECTIONS,
        "max_overflow": 0,
        "pool_timeout": WAIT_S,
        "pool_pre_ping": True,
        "json_serializer": _to_json,
        "hide_parameters": True,  # an error's text goes to logs, where nobody's data belongs
    }
    if kind == POSTGRESQL:
        waits = {"connect_timeout": WAIT_S, "tcp_user_timeout": WAIT_S * 1000, "client_encoding": "utf8"}
        return create_engine(url, connect_args=waits, **options)
    engine = create_engine(url, connect_args={"timeout": WAIT_S, "isolation_level": None}, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401, ARG001 - as SQLAlchemy calls it
    """Set up a connection to SQLite.

    In WAL mode readers do not wait for a writer. With synchronous=FULL a commit that returned outlives a
    power cut, for one more flush of the log per commit; the default of NORMAL might lose the last ones.
    """
    connection.execute(f"PRAGMA busy_timeout = {WAIT_S * 1000}")
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _use_wal(connection: Any) -> None:  # noqa: ANN401 - sqlite3.Connection, as SQLAlchemy hands it over
    """Change to WAL; of two processes that do so at once SQLite refuses one without letting it wait."""
    end = time.monotonic() + WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except connection.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("crackscope_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
