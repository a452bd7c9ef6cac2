"""Decide which regions are reported as cracks."""

from __future__ import annotations

import math

import cv2

from crackscope.measurement.canvas import Canvas
from crackscope.measurement.region import Region


def keep(
    region: Region,
    *,
    min_length_px: float = 0.0,
    min_peak_probability: float = 0.0,
    min_mean_probability: float = 0.0,
) -> bool:
    """Say whether a region is long and sure enough to be reported.

    Parameters
    ----------
    region : Region
    min_length_px : float
        Least `rotated_length`.
    min_peak_probability, min_mean_probability : float
        Least probability of the surest pixel, and on average.

    Returns
    -------
    bool
    """
    if region.peak_probability < min_peak_probability or region.mean_probability < min_mean_probability:
        return False
    height, width = region.box.height, region.box.width
    if min_length_px <= 1.0 or max(height, width) / math.sqrt(2.0) >= min_length_px:
        return True  # no rectangle that holds the region is shorter
    if math.hypot(height, width) < min_length_px:
        return False
    return rotated_length(region) >= min_length_px


def rotated_length(region: Region) -> float:
    """Length of the longer side of the smallest rotated rectangle around a region's pixels.

    Pixels count as one px long, so a straight line of 40 pixels is 40 px long.
    """
    points = cv2.findNonZero(Canvas.from_region(region).pixels)
    return float(max(cv2.minAreaRect(points)[1])) + 1.0 if len(points) > 1 else 1.0
