"""Two photos of the same place, taken one after the other, and what became of its cracks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from crackscope.errors import CrackscopeError, RegistrationError
from crackscope.imaging.arrays import FloatArray, GreyPixels
from crackscope.imaging.colour import to_grey
from crackscope.imaging.photo import Photo
from crackscope.imaging.registration import register
from crackscope.inspection.crack_mask import crack_mask
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.inspector import Inspector
from crackscope.inspection.scale_source import AnyScale, source_of
from crackscope.measurement.change import CrackChange, CrackedPhoto, compare_cracks
from crackscope.measurement.scale import PhotoScale
from crackscope.measurement.wall_view import UNSURE

SCHEMA_VERSION = 1
Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class CrackGrowth:
    """What became of one crack; lengths and widths in px are those of the first photo.

    Parameters
    ----------
    number : int
        From 1, in this comparison.
    before, after : tuple of int
        Numbers of its parts among the cracks of either inspection.
    kind : str
        ``"unchanged"``, ``"grown"``, ``"shrunk"``, ``"new"``, ``"vanished"`` or ``"unclear"``.
    missed_in : str, optional
        ``"before"`` or ``"after"``: that photo shows the crack, but the model did not see it there.
    length_before_px, length_change_px, length_change_sigma_px : float
        Of what both photos show.
    width_before_px, width_after_px, width_change_px, width_change_sigma_px : float, optional
        Means over the places that both photos tell of; of a crack in one photo only, its mean there.
    told_share : float
        Of what both photos show of the crack, the share that both tell the width of.
    length_before_mm, length_change_mm, length_change_sigma_mm : float, optional
    width_before_mm, width_after_mm, width_change_mm, width_change_sigma_mm : float, optional
    line : polyline
        (row, column) in px of the first photo.
    gained, lost : tuple of polylines
        Stretches that only the second, or only the first photo shows.
    """

    number: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    kind: str
    missed_in: str | None
    length_before_px: float
    length_change_px: float
    length_change_sigma_px: float
    width_before_px: float | None
    width_after_px: float | None
    width_change_px: float | None
    width_change_sigma_px: float | None
    told_share: float
    line: Line
    gained: tuple[Line, ...]
    lost: tuple[Line, ...]
    length_before_mm: float | None = None
    length_change_mm: float | None = None
    length_change_sigma_mm: float | None = None
    width_before_mm: float | None = None
    width_after_mm: float | None = None
    width_change_mm: float | None = None
    width_change_sigma_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """The comparison of two photos.

    Parameters
    ----------
    before, after : Inspection
    after_from_before : tuple of 9 floats
        Homography, row by row, of (column, row, 1) in px.
    registration_sigma_px : float
        How well one photo lies on the other, in px of the first.
    overlap : float
        Share of the first photo that is in the second.
    cracks : tuple of CrackGrowth
    """

    before: Inspection
    after: Inspection
    after_from_before: tuple[float, ...]
    registration_sigma_px: float
    overlap: float
    cracks: tuple[CrackGrowth, ...]

    def to_document(self) -> dict[str, Any]:
        """Turn it into plain dicts, lists, numbers and strings, without the inspections' masks."""
        document = {
            "schema_version": SCHEMA_VERSION,
            "before": asdict(self.before.photo),
            "after": asdict(self.after.photo),
            "model": asdict(self.before.model),
            "crackscope_version": self.before.crackscope_version,
            "scale_mm_per_px": self.before.scale_mm_per_px,
            "scale_sigma_mm_per_px": self.before.scale_sigma_mm_per_px,
            "scale_origin": self.before.scale_origin,
            "scale_remark": self.before.scale_remark,
        }
        own = ("after_from_before", "registration_sigma_px", "overlap")
        document |= {name: getattr(self, name) for name in own}
        document["cracks"] = [asdict(crack) for crack in self.cracks]
        return document


def compare_photos(before: Photo, after: Photo, inspector: Inspector, *, scale: AnyScale = None) -> Growth:
    """Inspect two photos of the same place and compare their cracks.

    Parameters
    ----------
    before, after : Photo
    inspector : Inspector
        With a model that says where cracks are.
    scale : float, Scale or ScaleSource, optional
        Of the first photo; the second is measured in it too.

    Returns
    -------
    Growth

    Raises
    ------
    RegistrationError
        If the photos cannot be laid one on the other.
    CrackscopeError
        If the model does not say where cracks are.
    """
    source = source_of(scale)
    greys = to_grey(before.pixels), to_grey(after.pixels)
    try:
        registration = register(*greys)
    except RegistrationError as error:
        raise RegistrationError(f"{before.name} and {after.name}: {error}") from error
    sightings = [inspector.find(photo, scale=source) for photo in (before, after)]
    first, second = (inspector.describe(sighting) for sighting in sightings)
    if first.coverage is None:
        raise CrackscopeError(
            f"model {first.model.name}: says whether a photo shows cracks, and not where; growth needs one"
            " that finds them."
        )
    changes = compare_cracks(_cracked(greys[0], first), _cracked(greys[1], second), registration)
    found = sightings[0].scale.scale
    return Growth(
        before=first,
        after=second,
        after_from_before=tuple(registration.after_from_before.ravel().tolist()),
        registration_sigma_px=registration.sigma_px,
        overlap=registration.overlap,
        cracks=tuple(_growth(n, change, first, second, found) for n, change in enumerate(changes, start=1)),
    )


def _cracked(grey: GreyPixels, inspection: Inspection) -> CrackedPhoto:
    return CrackedPhoto(
        grey,
        [
            [np.array(line, np.float64) for line in crack.centreline if len(line) > 1]
            for crack in inspection.cracks
        ],
        crack_mask(inspection),
    )


def _growth(
    number: int, change: CrackChange, before: Inspection, after: Inspection, scale: PhotoScale | None
) -> CrackGrowth:
    width = change.width_change
    mm = {} if scale is None else _in_mm(change, scale)
    return CrackGrowth(
        number=number,
        before=tuple(before.cracks[index].number for index in change.before),
        after=tuple(after.cracks[index].number for index in change.after),
        kind=change.kind,
        missed_in=change.missed_in,
        length_before_px=change.length_before_px,
        length_change_px=change.length_change.value,
        length_change_sigma_px=change.length_change.sigma,
        width_before_px=change.width_before_px,
        width_after_px=change.width_after_px,
        width_change_px=None if width is None else width.value,
        width_change_sigma_px=None if width is None else width.sigma,
        told_share=change.told_share,
        line=_line(change.where),
        gained=tuple(_line(stretch.points) for stretch in change.gained),
        lost=tuple(_line(stretch.points) for stretch in change.lost),
        **mm,
    )


def _in_mm(change: CrackChange, scale: PhotoScale) -> dict[str, float]:
    """Lengths and widths in mm by name; none where the scale is unsure."""
    share = scale.relative_sigma(change.where)
    if share > UNSURE:
        return {}
    across = float(scale.across_mm_per_px(change.where, change.normals).mean())
    steps = np.array([-0.5, 0.5])[:, None, None] * (change.normals[:, ::-1] * (1.0, -1.0))
    along = float(
        np.hypot(*np.diff([scale.to_wall(change.where + step) for step in steps], axis=0)[0].T).mean()
    )
    length = change.length_change.scaled(along, share)
    mm = {
        "length_before_mm": change.length_before_px * along,
        "length_change_mm": length.value,
        "length_change_sigma_mm": length.sigma,
    }
    for name, px in (("width_before_mm", change.width_before_px), ("width_after_mm", change.width_after_px)):
        if px is not None:
            mm[name] = px * across
    if change.width_change is not None:
        width = change.width_change.scaled(across, share)
        mm |= {"width_change_mm": width.value, "width_change_sigma_mm": width.sigma}
    return mm


def _line(points: FloatArray) -> Line:
    return tuple((round(row, 1), round(column, 1)) for row, column in points.tolist())
