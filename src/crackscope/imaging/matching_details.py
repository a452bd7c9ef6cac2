"""The view on which the details of two photos agree."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.errors import RegistrationError
from crackscope.imaging.arrays import FloatArray, GreyPixels

SEARCHED_SIDE_PX = 1600
"""Details are looked for in photos made this small: they are found again there, and quickly."""
MOST_DETAILS, LEAST_CONTRAST = 4000, 0.012
"""Weaker details than usual (0.04): a smooth wall has no others."""
DISTINCT = 0.75
"""A detail's match has to be so much nearer than the next one (Lowe 2004, section 7.1, has 0.8)."""
APART_PX = 3.0
"""In the small photo; what agrees on one view lies no further off."""
LEAST_AGREEING, LEAST_SHARE = 8, 0.15
"""Of details that match at all. Photos of two walls agree on a handful by chance."""


def agreed_view(before: GreyPixels, after: GreyPixels) -> FloatArray:
    """Find the homography on which the details (SIFT) of two photos agree.

    Parameters
    ----------
    before, after : uint8 arrays, shapes (H, W) and (H', W')

    Returns
    -------
    float array, shape (3, 3)
        From (column, row, 1) of the first photo to the second.

    Raises
    ------
    RegistrationError
        If a photo shows too little detail, or too few details agree.
    """
    (points, descriptors), (others, other_descriptors) = _details(before), _details(after)
    for which, number in (("first", len(points)), ("second", len(others))):
        if number < LEAST_AGREEING:
            raise RegistrationError(
                f"the {which} photo shows too little detail to find its place again ({number} points);"
                " include something with texture, or stick markers."
            )
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(descriptors, other_descriptors, k=2)
    matched = [
        one for one, other in (p for p in pairs if len(p) == 2) if one.distance < DISTINCT * other.distance
    ]
    agreeing = 0
    view = None
    if len(matched) >= 8:
        here = np.array([points[match.queryIdx] for match in matched])
        there = np.array([others[match.trainIdx] for match in matched])
        scales = np.array([_zoom(before), _zoom(after)])
        view, inliers = cv2.findHomography(
            here, there, cv2.USAC_MAGSAC, APART_PX / float(scales.min()), maxIters=10_000, confidence=0.9999
        )
        agreeing = 0 if inliers is None else int(np.count_nonzero(inliers))
    if view is None or agreeing < LEAST_AGREEING or agreeing < LEAST_SHARE * len(matched):
        raise RegistrationError(
            f"the photos do not seem to show the same place: {agreeing} details agree on one view, and"
            f" {LEAST_AGREEING} are needed; check that they belong together, and that they overlap."
        )
    return np.asarray(view, np.float64)


def _zoom(photo: GreyPixels) -> float:
    return min(1.0, SEARCHED_SIDE_PX / float(max(photo.shape)))


def _details(photo: GreyPixels) -> tuple[FloatArray, NDArray[np.float32]]:
    """(x, y) in px of the photo, shape (N, 2), and descriptors."""
    zoom = _zoom(photo)
    small = photo if zoom == 1.0 else cv2.resize(photo, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    points, descriptors = cv2.SIFT.create(
        nfeatures=MOST_DETAILS, contrastThreshold=LEAST_CONTRAST
    ).detectAndCompute(small, None)
    if descriptors is None:
        return np.empty((0, 2)), np.empty((0, 128), np.float32)
    places: FloatArray = (np.array([point.pt for point in points]) + 0.5) / zoom - 0.5
    return places, descriptors.astype(np.float32)
