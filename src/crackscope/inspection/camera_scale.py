"""The scale of a photo from its camera's angle of view and the distance to the wall."""

from __future__ import annotations

import math
from dataclasses import dataclass

from crackscope.errors import CrackscopeError, MeasurementError
from crackscope.imaging.lens import focal_length_px
from crackscope.imaging.metadata import MOST_SENSOR_MM
from crackscope.imaging.photo import Photo
from crackscope.inspection.scale_source import FoundScale
from crackscope.measurement.scale import Scale

DISTANCE_SD = 0.01
"""Of a distance that came without a standard deviation, as a share of it."""
FOCAL_SD = 0.015
"""Of the focal length that cameras note, rounded to whole millimetres on film, and as it is at infinity."""


@dataclass(frozen=True, slots=True)
class CameraScale:
    """Reckons the scale of a wall square to the camera's axis; a `ScaleSource`.

    Parameters
    ----------
    distance_mm : float
        From the lens to the wall.
    distance_sigma_mm : float, optional
        Its standard deviation; `DISTANCE_SD` of it if not given.
    sensor_width_mm : float, optional
        Longer side of the sensor, where the camera does not say it, or contradicts itself.

    Raises
    ------
    CrackscopeError
        If one of them is not finite, not above 0, or senseless.
    """

    distance_mm: float
    distance_sigma_mm: float | None = None
    sensor_width_mm: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.distance_mm) and self.distance_mm > 0.0):
            raise CrackscopeError(f"distance {self.distance_mm:g} mm: must be a finite number above 0.")
        sigma = self.distance_sigma_mm
        if sigma is not None and not 0.0 <= sigma < self.distance_mm:
            raise CrackscopeError(
                f"distance {self.distance_mm:g} ± {sigma:g} mm: the standard deviation must be at least 0 and"
                " below the distance."
            )
        width = self.sensor_width_mm
        if width is not None and not 0.0 < width <= MOST_SENSOR_MM:
            raise CrackscopeError(
                f"sensor of {width:g} mm: give the longer side of the camera's sensor in mm, at most"
                f" {MOST_SENSOR_MM:g}."
            )

    @property
    def description(self) -> str:
        """See `ScaleSource`."""
        sigma = "" if self.distance_sigma_mm is None else f" ± {self.distance_sigma_mm:g}"
        sensor = "" if self.sensor_width_mm is None else f", sensor {self.sensor_width_mm:g} mm wide"
        return f"camera at {self.distance_mm:g}{sigma} mm{sensor}"

    def find(self, photo: Photo) -> FoundScale:
        """See `ScaleSource`."""
        try:
            focal_px = focal_length_px(
                photo.metadata,
                height_px=photo.height,
                width_px=photo.width,
                sensor_width_mm=self.sensor_width_mm,
            )
        except MeasurementError as error:
            return FoundScale(remark=f"there are no mm: {error}")
        sigma = self.distance_sigma_mm
        share = DISTANCE_SD if sigma is None else sigma / self.distance_mm
        # Thin lens, focused on the wall: its picture is f / (distance - f) as large.
        beyond_mm = self.distance_mm - (photo.metadata.focal_length_mm or 0.0)
        if beyond_mm <= 0.0:
            return FoundScale(remark="there are no mm: the distance is less than the lens's focal length.")
        mm_per_px = beyond_mm / focal_px
        try:
            return FoundScale(Scale(mm_per_px, mm_per_px * math.hypot(share, FOCAL_SD)), "camera")
        except CrackscopeError as error:
            return FoundScale(remark=f"there are no mm: {error}")
