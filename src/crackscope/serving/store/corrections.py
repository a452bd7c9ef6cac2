"""Keeps what people say of inspections: right, wrong, missed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import select

from crackscope.errors import StoreError
from crackscope.serving.store.ids import new_id
from crackscope.serving.store.room import Room, not_found, require_id, seen_by
from crackscope.serving.store.stored import Stored, stored_from
from crackscope.serving.store.tables import KINDS, MISSED, CorrectionRow, InspectionRow
from crackscope.serving.store.texts import MAX_NOTE_CHARACTERS, keepable

MAX_CORNERS = 10_000
Polygon: TypeAlias = tuple[tuple[float, float], ...]
"""Corners as (row, column), in px of the photo."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody said of an inspection.

    Parameters
    ----------
    id : str
    inspection_id : str
    created_at : datetime
        In UTC.
    owner : str, optional
        Id of the key it came with.
    kind : str
        ``"accept"`` or ``"reject"`` a crack, or the verdict where `crack` is None; ``"missed"`` is a crack
        that was not found.
    crack : int, optional
        `Crack.number`.
    polygon : tuple of (row, column), optional
        Around a crack that was missed.
    note : str, optional
    """

    id: str
    inspection_id: str
    created_at: datetime
    owner: str | None
    kind: str
    crack: int | None
    polygon: Polygon | None
    note: str | None


class Corrections(Room):
    """The part of a store that keeps corrections; ``owner`` and unavailability are as in `Inspections`."""

    def correct(
        self,
        id: str,
        *,
        owner: str | None,
        kind: str,
        crack: int | None = None,
        polygon: Sequence[Sequence[float]] | None = None,
        note: str | None = None,
    ) -> Correction:
        """Keep what somebody says of an inspection; earlier corrections stay.

        Parameters
        ----------
        id : str
            Of the inspection.
        owner : str, optional
        kind, crack, polygon, note
            See `Correction`.

        Returns
        -------
        Correction

        Raises
        ------
        NotFoundError
            If there is no such inspection, or it is another owner's.
        StoreError
            If the inspection has no such crack, the polygon leaves the photo, or they do not fit the kind.
        """
        require_id(id, "inspection")
        at = self.clock()
        with self.database.writing() as session:
            row = session.scalar(
                select(InspectionRow)
                .where(InspectionRow.id == id, *seen_by(owner, InspectionRow.owner))
                .with_for_update(read=True, key_share=True)
            )
            if row is None:
                raise not_found("inspection", id)
            corners = _checked(stored_from(row), kind, crack, polygon)
            correction = CorrectionRow(
                id=new_id(at),
                inspection_id=id,
                created_at=at,
                owner=owner,
                kind=kind,
                crack=crack,
                polygon=None if corners is None else [list(corner) for corner in corners],
                note=None if note is None else keepable(note, most=MAX_NOTE_CHARACTERS),
            )
            session.add(correction)
            session.flush()
            return _correction_from(correction)

    def corrections(self, id: str, *, owner: str | None) -> tuple[Correction, ...]:
        """Return what was said of an inspection, the oldest first.

        Raises
        ------
        NotFoundError
            If there is no such inspection, or it is another owner's.
        """
        require_id(id, "inspection")
        seen = (InspectionRow.id == id, *seen_by(owner, InspectionRow.owner))
        order = (CorrectionRow.created_at, CorrectionRow.id)
        with self.database.reading() as session:
            if session.scalar(select(InspectionRow.id).where(*seen)) is None:
                raise not_found("inspection", id)
            rows = session.scalars(
                select(CorrectionRow).where(CorrectionRow.inspection_id == id).order_by(*order)
            )
            return tuple(_correction_from(row) for row in rows)


def _checked(
    stored: Stored, kind: str, crack: int | None, polygon: Sequence[Sequence[float]] | None
) -> Polygon | None:
    """Refuse a correction that the inspection does not bear; return its polygon's corners."""
    if kind not in KINDS:
        raise StoreError(f"kind {kind[:40]!r}: must be one of {', '.join(KINDS)}.")
    if kind != MISSED:
        if polygon is not None:
            raise StoreError(f"polygon: belongs to a crack that was missed, not to {kind!r}; leave it out.")
        if crack is not None and not 1 <= crack <= stored.crack_count:
            raise StoreError(f"crack {crack}: is not known here; the inspection has {stored.crack_count}.")
        return None
    if crack is not None:
        raise StoreError(f"crack {crack}: a crack that was missed has no number; leave it out.")
    if polygon is None:
        return None
    if not 3 <= len(polygon) <= MAX_CORNERS:
        raise StoreError(f"polygon: has {len(polygon)} corners; it needs 3 to {MAX_CORNERS:,}.")
    return tuple(_corner(point, stored) for point in polygon)


def _corner(point: Sequence[float], stored: Stored) -> tuple[float, float]:
    high, wide = stored.photo_height_px, stored.photo_width_px
    try:
        row, column = (float(each) for each in point)
    except (TypeError, ValueError, OverflowError):
        raise StoreError("polygon: every corner must be a pair of row and column.") from None
    if not (math.isfinite(row) and math.isfinite(column) and 0 <= row <= high and 0 <= column <= wide):
        raise StoreError(
            f"polygon: ({row:g}, {column:g}) is not in the photo, which has {high} rows and {wide} columns."
        )
    return row, column


def _correction_from(row: CorrectionRow) -> Correction:
    polygon = None if row.polygon is None else tuple((corner[0], corner[1]) for corner in row.polygon)
    return Correction(
        id=row.id,
        inspection_id=row.inspection_id,
        created_at=row.created_at,
        owner=row.owner,
        kind=row.kind,
        crack=row.crack,
        polygon=polygon,
        note=row.note,
    )
