"""An inspection as a row of a store: plain values, without its cracks."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from crackscope.inspection.inspection import Inspection
from crackscope.serving.store.figures import figures_of
from crackscope.serving.store.tables import InspectionRow
from crackscope.serving.store.texts import keepable


@dataclass(frozen=True, slots=True)
class Stored:
    """One inspection that is kept.

    Parameters
    ----------
    id : str
        32 hexadecimal digits; sorts by time.
    created_at : datetime
        When it was added, in UTC.
    owner : str, optional
        Id of the key it was added with.
    asset : str, optional
        What the photo shows, as its owner calls it.
    photo_name : str
        As in `PhotoRecord.name`, but printable by any database.
    photo_height_px, photo_width_px : int
    photo_sha256 : str, optional
        Of the photo's bytes; None where the photo is not kept, or was lost.
    photo_media_type : str, optional
    document_sha256 : str
        Of the inspection's JSON document.
    verdict : str
    coverage : float, optional
    crack_count : int
    longest_px, longest_mm, widest_px, widest_mm, total_length_px, total_length_mm, severity
        See `CrackFigures`.
    model_name : str
    scale_mm_per_px : float, optional
    taken_at : str, optional
        As in `PhotoRecord.taken_at`.
    """

    id: str
    created_at: datetime
    owner: str | None
    asset: str | None
    photo_name: str
    photo_height_px: int
    photo_width_px: int
    photo_sha256: str | None
    photo_media_type: str | None
    document_sha256: str
    verdict: str
    coverage: float | None
    crack_count: int
    longest_px: float | None
    longest_mm: float | None
    widest_px: float | None
    widest_mm: float | None
    total_length_px: float
    total_length_mm: float | None
    severity: str | None
    model_name: str
    scale_mm_per_px: float | None
    taken_at: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the inspections found, and where the next ones begin.

    Parameters
    ----------
    items : tuple of Stored
        The newest first.
    next_cursor : str, optional
        For `Inspections.find`; None after the last page.
    """

    items: tuple[Stored, ...]
    next_cursor: str | None


def stored_of(
    inspection: Inspection,
    *,
    id: str,
    created_at: datetime,
    owner: str | None,
    asset: str | None,
    photo_sha256: str | None,
    media_type: str | None,
    document_sha256: str,
) -> Stored:
    """Put a new row together.

    Parameters
    ----------
    inspection : Inspection
    id, created_at, owner, asset, photo_sha256, media_type, document_sha256
        The fields of `Stored` that an inspection does not know.

    Returns
    -------
    Stored
    """
    photo, figures = inspection.photo, figures_of(inspection.cracks)
    return Stored(
        id=id,
        created_at=created_at,
        owner=owner,
        asset=asset,
        photo_name=keepable(photo.name, most=1000),
        photo_height_px=photo.height_px,
        photo_width_px=photo.width_px,
        photo_sha256=photo_sha256,
        photo_media_type=None if media_type is None else keepable(media_type),
        document_sha256=document_sha256,
        verdict=inspection.verdict,
        coverage=inspection.coverage,
        model_name=keepable(inspection.model.name),
        scale_mm_per_px=inspection.scale_mm_per_px,
        taken_at=None if photo.taken_at is None else keepable(photo.taken_at),
        **asdict(figures) | {"severity": None if figures.severity is None else keepable(figures.severity)},
    )


def stored_from(row: InspectionRow) -> Stored:
    """Take the values out of a row."""
    return Stored(**{field.name: getattr(row, field.name) for field in fields(Stored)})
