"""Leave out what a model sees on printed markers: their edges are no cracks."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.region import Region

MOSTLY = 0.5


def uncovered(regions: Sequence[Region], covered: Sequence[FloatArray]) -> list[Region]:
    """Keep the regions of which less than half lies on one of some four-cornered places.

    Parameters
    ----------
    regions : sequence of Region
    covered : sequence of float arrays, shape (4, 2)
        Corners, (row, column) in px.

    Returns
    -------
    list of Region
    """
    return [region for region in regions if not any(_lies_on(region, corners) for corners in covered)]


def _lies_on(region: Region, corners: FloatArray) -> bool:
    box = region.box
    top, left = np.floor(corners.min(axis=0))
    bottom, right = np.ceil(corners.max(axis=0))
    if not (
        top < box.row + box.height
        and box.row <= bottom
        and left < box.column + box.width
        and box.column <= right
    ):
        return False
    place = np.zeros((box.height, box.width), np.uint8)
    outline = np.rint(corners[:, ::-1] - (box.column, box.row)).astype(np.int32)
    cv2.fillConvexPoly(place, outline, 1)
    inside = np.count_nonzero(place.view(np.bool_) & region.mask.decode_box(box))
    return bool(inside >= MOSTLY * region.area_px)
