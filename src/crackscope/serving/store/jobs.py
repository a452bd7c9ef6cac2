"""Keeps jobs: many photos handed over at once, inspected one by one, also after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from crackscope.errors import StoreError, StoreUnavailableError
from crackscope.serving.store.ids import new_id
from crackscope.serving.store.job import ItemKey, Job, JobItem, Unusable, item_from, job_from
from crackscope.serving.store.job_ending import end_item
from crackscope.serving.store.room import Room, not_found, require_id, seen_by
from crackscope.serving.store.tables import FAILED, RUNNING, WAITING, JobItemRow, JobRow
from crackscope.serving.store.texts import MAX_NOTE_CHARACTERS, checked_limit, checked_name, keepable

MAX_JOBS = 500


class Jobs(Room):
    """The part of a store that keeps jobs; ``owner`` and unavailability are as in `Inspections`."""

    def new_job(
        self,
        name: str,
        settings: Mapping[str, Any],
        photos: Iterable[tuple[str, bytes | Unusable]],
        *,
        owner: str | None,
    ) -> Job:
        """Keep photos that are to be inspected.

        Parameters
        ----------
        name : str
            As its owner calls it.
        settings : mapping
            Anything that JSON can hold.
        photos : iterable of (str, bytes or Unusable)
            Name and file of each, or why there is none; taken one at a time.
        owner : str, optional

        Returns
        -------
        Job

        Raises
        ------
        StoreError
            If the name or the settings cannot be kept, or there are no photos.
        Exception
            Any that `photos` raises; nothing is kept then.
        """
        checked_name(name, "job")
        _require_json(settings)
        at = self.clock()
        row = JobRow(
            id=new_id(at),
            created_at=at,
            owner=owner,
            state=WAITING,
            name=name,
            settings=dict(settings),
            total=0,
            done=0,
            failed=0,
        )
        items: list[JobItemRow] = []
        try:
            for photo_name, content in photos:
                items.append(self._new_item(row, len(items), photo_name, content))
            if not items:
                raise StoreError(f"job {name!r}: has no photos; send at least one.")
            _count(row, items)
            blobs = [item.photo_sha256 for item in items if item.photo_sha256 is not None]
            with self.database.writing() as session:
                self.database.keep_blobs(session)
                if not all(self.blobs.has(blob) for blob in blobs):
                    raise StoreUnavailableError(
                        f"job {name!r}: a photo was deleted with its last other inspection; send it again."
                    )
                session.add(row)
                session.flush()
                session.add_all(items)
                session.flush()
                return job_from(row)
        except BaseException:
            self.release(item.photo_sha256 for item in items)
            raise

    def _new_item(self, row: JobRow, position: int, name: str, content: bytes | Unusable) -> JobItemRow:
        reason = keepable(content.reason, most=MAX_NOTE_CHARACTERS) if isinstance(content, Unusable) else None
        return JobItemRow(
            job_id=row.id,
            position=position,
            name=keepable(name, most=1000),
            photo_sha256=None if isinstance(content, Unusable) else self.blobs.put(content),
            state=WAITING if reason is None else FAILED,
            reason=reason,
        )

    def job(self, id: str, *, owner: str | None) -> Job:
        """Return a job.

        Raises
        ------
        NotFoundError
            If there is none with this id, or it is another owner's.
        """
        require_id(id, "job")
        with self.database.reading() as session:
            row = session.scalar(select(JobRow).where(JobRow.id == id, *seen_by(owner, JobRow.owner)))
            if row is None:
                raise not_found("job", id)
            return job_from(row)

    def jobs(self, *, owner: str | None, limit: int = 50) -> tuple[Job, ...]:
        """Return the last jobs, the newest first.

        Raises
        ------
        StoreError
            If the limit is not within 1 and `MAX_JOBS`.
        """
        checked_limit(limit, MAX_JOBS)
        question = select(JobRow).where(*seen_by(owner, JobRow.owner))
        order = (JobRow.created_at.desc(), JobRow.id.desc())
        with self.database.reading() as session:
            return tuple(job_from(row) for row in session.scalars(question.order_by(*order).limit(limit)))

    def items(self, job: Job) -> tuple[JobItem, ...]:
        """Return all photos of a job, in their order."""
        question = select(JobItemRow).where(JobItemRow.job_id == job.id).order_by(JobItemRow.position)
        with self.database.reading() as session:
            return tuple(item_from(row) for row in session.scalars(question))

    def open_jobs(self, *, after_restart: bool = False) -> tuple[Job, ...]:
        """Return the jobs of all owners that have photos left, the oldest first.

        Parameters
        ----------
        after_restart : bool
            Let photos that were being inspected wait again; only where no server is at work on this store.

        Returns
        -------
        tuple of Job
        """
        question = select(JobRow).where(JobRow.state.in_((WAITING, RUNNING)))
        with self.database.writing() as session:
            if after_restart:
                session.execute(update(JobItemRow).where(JobItemRow.state == RUNNING).values(state=WAITING))
            rows = session.scalars(question.order_by(JobRow.created_at, JobRow.id))
            return tuple(job_from(row) for row in rows)

    def next_item(self, job: Job) -> JobItem | None:
        """Take the next waiting photo of a job; no other caller gets the same.

        Returns
        -------
        JobItem or None
            None where none is waiting.
        """
        question = (
            select(JobItemRow)
            .where(JobItemRow.job_id == job.id, JobItemRow.state == WAITING)
            .order_by(JobItemRow.position)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self.database.writing() as session:
            row = session.scalar(question)
            if row is None:
                return None
            row.state = RUNNING
            session.flush()
            session.execute(
                update(JobRow).where(JobRow.id == job.id, JobRow.state == WAITING).values(state=RUNNING)
            )
            return item_from(row)

    def item_photo(self, item: JobItem) -> bytes:
        """Return the file of a photo that is to be inspected.

        Raises
        ------
        StoreError
            If the photo is done with, missing or damaged.
        """
        if item.photo_sha256 is None:
            raise StoreError(
                f"job {item.job_id}, photo {item.position}: is done with, so that it is not kept."
            )
        return self.blobs.get(item.photo_sha256)

    def finish_item(
        self, item: ItemKey, *, inspection_id: str | None = None, reason: str | None = None
    ) -> None:
        """End a photo that was taken by `next_item`; the last one ends its job.

        `Inspections.add` with ``item`` does this together with keeping the result, and is to be preferred.

        Parameters
        ----------
        item : (str, int)
            `JobItem.key`.
        inspection_id : str, optional
            Of the result.
        reason : str, optional
            Why there is none: one sentence.

        Raises
        ------
        StoreError
            If the photo was not taken, or ended before.
        """
        with self.database.writing() as session:
            freed = end_item(session, item, at=self.clock(), inspection_id=inspection_id, reason=reason)
        self.release([freed])


def _count(row: JobRow, items: Sequence[JobItemRow]) -> None:
    row.total = len(items)
    row.failed = sum(item.state == FAILED for item in items)
    if row.failed == row.total:
        row.state, row.finished_at = FAILED, row.created_at


def _require_json(settings: Mapping[str, Any]) -> None:
    try:
        json.dumps(dict(settings), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"settings: cannot be written as JSON ({error}).") from None
