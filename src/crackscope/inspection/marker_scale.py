"""The scale of a photo from the printed markers in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from crackscope.errors import CrackscopeError, MeasurementError
from crackscope.imaging.arrays import FloatArray
from crackscope.imaging.colour import to_grey
from crackscope.imaging.lens import focal_length_px
from crackscope.imaging.markers import DEFAULT_DICTIONARY, DICTIONARIES, find_markers
from crackscope.imaging.photo import Photo
from crackscope.inspection.scale_source import FoundScale
from crackscope.measurement.marker_fit import wall_view

LEAST_SIDE_MM, MOST_SIDE_MM = 1.0, 10_000.0
QUIET_ZONE = 1.4
"""So many times as large as the black square is what belongs to a marker: white about it, and its edge."""


@dataclass(frozen=True, slots=True)
class MarkerScale:
    """Looks for square markers of one size; a `ScaleSource`.

    Parameters
    ----------
    side_mm : float
        Of the black square, as printed.
    dictionary : str
        One of `crackscope.imaging.markers.DICTIONARIES`.

    Raises
    ------
    CrackscopeError
        If the side is no length of a marker, or there is no such dictionary.
    """

    side_mm: float
    dictionary: str = DEFAULT_DICTIONARY

    def __post_init__(self) -> None:
        if not (math.isfinite(self.side_mm) and LEAST_SIDE_MM <= self.side_mm <= MOST_SIDE_MM):
            raise CrackscopeError(
                f"marker of {self.side_mm:g} mm: give the side of the black square in mm, between"
                f" {LEAST_SIDE_MM:g} and {MOST_SIDE_MM:g}."
            )
        if self.dictionary not in DICTIONARIES:
            raise CrackscopeError(
                f"no marker dictionary {self.dictionary!r}; choose one of {', '.join(DICTIONARIES)}."
            )

    @property
    def description(self) -> str:
        """See `ScaleSource`."""
        return f"{self.dictionary} markers of {self.side_mm:g} mm"

    def find(self, photo: Photo) -> FoundScale:
        """See `ScaleSource`."""
        markers = find_markers(to_grey(photo.pixels), self.dictionary)
        if not markers:
            return FoundScale(
                remark=f"there are no mm: no {self.dictionary} marker was found whole in the photo; it must"
                " be in sight with the white around it."
            )
        covered = tuple(_grown(marker.corners) for marker in markers)
        try:
            view = wall_view(
                markers,
                self.side_mm,
                height_px=photo.height,
                width_px=photo.width,
                focal_px=_focal_px(photo),
            )
        except MeasurementError as error:
            return FoundScale(remark=f"there are no mm: {error}", covered=covered)
        return FoundScale(view, "markers", covered=covered)


def _grown(corners: FloatArray) -> FloatArray:
    middle = corners.mean(axis=0)
    grown: FloatArray = middle + QUIET_ZONE * (corners - middle)
    return grown


def _focal_px(photo: Photo) -> float | None:
    try:
        return focal_length_px(photo.metadata, height_px=photo.height, width_px=photo.width)
    except MeasurementError:
        return None
