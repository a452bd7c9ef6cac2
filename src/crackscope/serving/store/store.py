"""The store: everything that the service remembers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import text

from crackscope.serving.store.audit_log import AuditLog
from crackscope.serving.store.blobs import Blobs
from crackscope.serving.store.checking import Checking
from crackscope.serving.store.corrections import Corrections
from crackscope.serving.store.database import Database
from crackscope.serving.store.ids import utc_now
from crackscope.serving.store.inspections import Inspections
from crackscope.serving.store.jobs import Jobs
from crackscope.serving.store.migrate import migrate


class Store(Inspections, Corrections, Jobs, AuditLog, Checking):
    """A database of inspections, corrections, jobs, keys and the audit log, and blobs beside it.

    Any number of threads may use one store, and any number of processes the same database and blobs.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> store = Store.open(f"sqlite:///{folder}/crackscope.sqlite3", f"{folder}/blobs")
    >>> store.find(owner=None).items
    ()
    >>> store.close()
    """

    @classmethod
    def open(cls, url: str, blobs: str, *, clock: Callable[[], datetime] = utc_now) -> Store:
        """Open a store, making it where it is missing and bringing its tables up to date.

        Parameters
        ----------
        url : str
            ``sqlite:///path/of/file`` or ``postgresql://user:password@host/name``.
        blobs : str
            A folder, or any fsspec URL.
        clock : callable
            Returns the time, in UTC.

        Returns
        -------
        Store

        Raises
        ------
        StoreError
            If a URL cannot be read, or a newer crackscope made the store.
        StoreUnavailableError
            If the database does not answer.
        CrackscopeError
            If a folder cannot be made.
        """
        database = Database(url)
        try:
            migrate(database)
            return cls(database, Blobs(blobs), clock)
        except BaseException:
            database.close()
            raise

    def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises
        ------
        StoreUnavailableError
            If there is none.
        """
        with self.database.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close the connections."""
        self.database.close()
