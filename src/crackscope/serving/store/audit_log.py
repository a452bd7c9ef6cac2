"""Keeps who did what to what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from crackscope.serving.store.ids import new_id
from crackscope.serving.store.room import Room
from crackscope.serving.store.tables import AuditRow
from crackscope.serving.store.texts import MAX_NOTE_CHARACTERS, checked_limit, keepable

MAX_AUDIT = 10_000


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done.

    Parameters
    ----------
    id : str
    at : datetime
        In UTC.
    owner : str, optional
        Id of the key that asked for it.
    action : str
        A verb.
    target : str, optional
        What it was done to, such as an inspection's id.
    detail : str, optional
    """

    id: str
    at: datetime
    owner: str | None
    action: str
    target: str | None
    detail: str | None


class AuditLog(Room):
    """The part of a store that remembers what was done; nothing in it is ever changed or deleted."""

    def note(self, owner: str | None, action: str, target: str | None, detail: str | None = None) -> None:
        """Write down that something was done.

        Parameters
        ----------
        owner, action, target, detail
            See `AuditEntry`.

        Raises
        ------
        StoreUnavailableError
            If the database does not answer.
        """
        at = self.clock()
        with self.database.writing() as session:
            session.add(
                AuditRow(
                    id=new_id(at),
                    at=at,
                    owner=owner,
                    action=keepable(action),
                    target=None if target is None else keepable(target, most=MAX_NOTE_CHARACTERS),
                    detail=None if detail is None else keepable(detail, most=MAX_NOTE_CHARACTERS),
                )
            )

    def audit(self, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Return what was done last, the newest first.

        Raises
        ------
        StoreError
            If the limit is not within 1 and `MAX_AUDIT`.
        StoreUnavailableError
            If the database does not answer.
        """
        checked_limit(limit, MAX_AUDIT)
        question = select(AuditRow).order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(limit)
        with self.database.reading() as session:
            return tuple(
                AuditEntry(row.id, row.at, row.owner, row.action, row.target, row.detail)
                for row in session.scalars(question)
            )
