"""How a photo of a job ends, and what that makes of its job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from crackscope.errors import StoreError
from crackscope.serving.store.job import ItemKey
from crackscope.serving.store.tables import DONE, FAILED, RUNNING, JobItemRow, JobRow
from crackscope.serving.store.texts import MAX_NOTE_CHARACTERS, keepable


def end_item(
    session: Session,
    item: ItemKey,
    *,
    at: datetime,
    inspection_id: str | None = None,
    reason: str | None = None,
    states: tuple[str, ...] = (RUNNING,),
) -> str | None:
    """End an item, and its job where it was the last one.

    Parameters
    ----------
    session : Session
        Of `Database.writing`.
    item : (str, int)
        Job and position.
    at : datetime
    inspection_id : str, optional
        Of the result.
    reason : str, optional
        Why there is none; with a reason the item failed.
    states : tuple of str
        That it may be in.

    Returns
    -------
    str or None
        The blob that the item no longer names.

    Raises
    ------
    StoreError
        If the item is not in one of these states.
    """
    row = session.get(JobItemRow, item, with_for_update=True)
    if row is None or row.state not in states:
        state = "unknown" if row is None else row.state
        raise StoreError(f"job {item[0]}, photo {item[1]}: is {state}, so that it cannot end now.")
    freed, row.photo_sha256 = row.photo_sha256, None
    row.state = DONE if reason is None else FAILED
    row.inspection_id = inspection_id
    row.reason = None if reason is None else keepable(reason, most=MAX_NOTE_CHARACTERS)
    session.flush()
    counted = {JobRow.done: JobRow.done + 1} if reason is None else {JobRow.failed: JobRow.failed + 1}
    session.execute(update(JobRow).where(JobRow.id == item[0]).values(counted))
    session.execute(
        update(JobRow)
        .where(JobRow.id == item[0], JobRow.done + JobRow.failed == JobRow.total)
        .values(state=case((JobRow.done > 0, DONE), else_=FAILED), finished_at=at)
    )
    return freed
