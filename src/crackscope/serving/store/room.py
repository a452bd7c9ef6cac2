"""What every part of a store works with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crackscope.errors import NotFoundError, StoreUnavailableError
from crackscope.serving.store.blobs import Blobs
from crackscope.serving.store.database import Database
from crackscope.serving.store.ids import is_id, utc_now
from crackscope.serving.store.tables import InspectionRow, JobItemRow


class Room:
    """A database and its blobs; the parts of `Store` build on it.

    Parameters
    ----------
    database : Database
    blobs : Blobs
    clock : callable
        Returns the time, in UTC.
    """

    def __init__(self, database: Database, blobs: Blobs, clock: Callable[[], datetime] = utc_now) -> None:
        self.database = database
        self.blobs = blobs
        self.clock = clock

    def release(self, names: Iterable[str | None]) -> None:
        """Delete the blobs among these that no row names any more.

        What the caller did is done, so that nothing may fail here: blobs that cannot be deleted now stay
        without a row, as they do where the process dies meanwhile, and `check` finds them.

        Parameters
        ----------
        names : iterable of str or None
            Of blobs; None is passed over.
        """
        with suppress(StoreUnavailableError):
            for name in {name for name in names if name is not None}:
                self.delete_unnamed(name)

    def delete_unnamed(self, name: str) -> bool:
        """Delete a blob, unless a row names it.

        Parameters
        ----------
        name : str

        Returns
        -------
        bool
            Whether it was deleted.

        Raises
        ------
        StoreUnavailableError
            If the database does not answer, or the blob cannot be deleted.
        """
        with self.database.writing() as session:
            self.database.keep_blobs(session, exclusively=True)
            if is_named(session, name):
                return False
            self.blobs.delete(name)
            return True


def is_named(session: Session, name: str) -> bool:
    """Say whether any row names a blob."""
    document = or_(InspectionRow.document_sha256 == name, InspectionRow.photo_sha256 == name)
    statements = (
        select(InspectionRow.id).where(document).limit(1),
        select(JobItemRow.job_id).where(JobItemRow.photo_sha256 == name).limit(1),
    )
    return any(session.scalar(statement) is not None for statement in statements)


def seen_by(owner: str | None, column: InstrumentedAttribute[str | None]) -> tuple[ColumnElement[bool], ...]:
    """Limit a question to an owner's rows; None stands for a server without keys and sees all."""
    return () if owner is None else (column == owner,)


def require_id(id: str, what: str) -> None:
    """Refuse what cannot be an id, before a database is asked.

    Raises
    ------
    NotFoundError
        If it has another form.
    """
    if not is_id(id):
        raise not_found(what, id)


def not_found(what: str, id: str) -> NotFoundError:
    """Say that something is not there, in the same words whether it is unknown or another owner's."""
    shown = id if len(id) <= 40 else id[:39] + "…"
    return NotFoundError(f"{what} {shown!a}: is not known here; it was deleted, or never was.")
