"""What a report needs of the view of an oblique photo: the wall again, and whether one scale bar holds."""

from __future__ import annotations

import math

import numpy as np

from crackscope.inspection.inspection import Inspection
from crackscope.measurement.wall_view import WallView

EVEN = 0.05
"""A scale bar is drawn if the scale differs by less over the photo, in all directions."""


def wall_view(inspection: Inspection) -> WallView | None:
    """Return the view of an oblique photo, without its uncertainty; None of a photo straight on."""
    if inspection.wall_from_photo is None:
        return None
    middle = ((inspection.photo.height_px - 1) / 2.0, (inspection.photo.width_px - 1) / 2.0)
    wall_from_photo = np.array(inspection.wall_from_photo, np.float64).reshape(3, 3)
    return WallView(wall_from_photo, np.zeros((9, 9)), middle)


def one_scale_holds(inspection: Inspection) -> bool:
    """Whether a length in the photo's middle is as long in its corners, and across as upwards.

    Examples
    --------
    >>> from crackscope.inspection.inspection import ModelRecord, PhotoRecord
    >>> model = ModelRecord("m", "0" * 64, "fp32", 0.5, "openvino")
    >>> seen = Inspection(PhotoRecord("a.jpg", 30, 40), model, "no crack", 0.0, (), scale_mm_per_px=0.2)
    >>> one_scale_holds(seen)
    True
    """
    view = wall_view(inspection)
    if view is None:
        return inspection.scale_mm_per_px is not None
    bottom, right = inspection.photo.height_px - 1.0, inspection.photo.width_px - 1.0
    places = np.array(
        [(row, column) for row in (0.0, bottom / 2, bottom) for column in (0.0, right / 2, right)]
    )
    if not np.isfinite(view.to_wall(places)).all():  # the horizon is in the photo
        return False
    angles = [(math.sin(turn), math.cos(turn)) for turn in np.arange(4) * math.pi / 4]
    scales = np.stack([view.across_mm_per_px(places, np.tile(angle, (len(places), 1))) for angle in angles])
    return bool(scales.max() < (1.0 + EVEN) * scales.min())
