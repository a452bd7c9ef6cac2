"""Jobs and their photos, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from crackscope.serving.store.tables import JobItemRow, JobRow

ItemKey: TypeAlias = tuple[str, int]
"""Id of the job, and position of the item in it."""


@dataclass(frozen=True, slots=True)
class Job:
    """How far a job is.

    Parameters
    ----------
    id : str
    created_at : datetime
        In UTC.
    owner : str, optional
        Id of the key it was made with.
    state : str
        ``"waiting"``, ``"running"``, ``"done"``, or ``"failed"`` where every photo failed.
    name : str
    settings : mapping
        How its photos are to be inspected, as given.
    total, done, failed : int
        Photos.
    finished_at : datetime, optional
    """

    id: str
    created_at: datetime
    owner: str | None
    state: str
    name: str
    settings: Mapping[str, Any]
    total: int
    done: int
    failed: int
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unusable:
    """Stands for a photo's file where there is none that can be inspected.

    Parameters
    ----------
    reason : str
        Why: one sentence.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class JobItem:
    """One photo of a job.

    Parameters
    ----------
    job_id : str
    position : int
        From 0, in the order in which the photos were given.
    name : str
        Of the photo.
    photo_sha256 : str, optional
        The blob that holds the photo; None once it is done with.
    state : str
        ``"waiting"``, ``"running"``, ``"done"`` or ``"failed"``.
    inspection_id : str, optional
        Of the result; None before, and after the inspection was deleted.
    reason : str, optional
        Why it failed: one sentence.
    """

    job_id: str
    position: int
    name: str
    photo_sha256: str | None
    state: str
    inspection_id: str | None
    reason: str | None

    @property
    def key(self) -> ItemKey:
        """What names this item."""
        return self.job_id, self.position


def item_from(row: JobItemRow) -> JobItem:
    """Take the values out of a row."""
    return JobItem(
        job_id=row.job_id,
        position=row.position,
        name=row.name,
        photo_sha256=row.photo_sha256,
        state=row.state,
        inspection_id=row.inspection_id,
        reason=row.reason,
    )


def job_from(row: JobRow) -> Job:
    """Take the values out of a row."""
    return Job(
        id=row.id,
        created_at=row.created_at,
        owner=row.owner,
        state=row.state,
        name=row.name,
        settings=row.settings,
        total=row.total,
        done=row.done,
        failed=row.failed,
        finished_at=row.finished_at,
    )
