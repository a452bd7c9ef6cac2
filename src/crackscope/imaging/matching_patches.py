"""Patches of one photo, found again in another to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from crackscope.imaging.arrays import FloatArray, GreyPixels
from crackscope.imaging.homography import project

PATCH_PX, SEARCH_PX, PATCHES = 41, 8, 20
"""Patches of this size, so many along the longer side, are looked for so far around."""
SMOOTH_PX = 1.5
"""Patches are compared without the noise of single pixels."""
LEAST_LIKENESS, LEAST_TEXTURE = 0.6, 2.0
"""Correlation of two patches, and standard deviation of grey values in one, from which on they count."""


@dataclass(frozen=True, slots=True, eq=False)
class MatchedPatches:
    """Patches that were found again.

    Parameters
    ----------
    here, there : float arrays, shape (N, 2)
        (row, column) in px of the first and of the second photo.
    compared : int
        How many were looked for.
    """

    here: FloatArray
    there: FloatArray
    compared: int


def without_noise(photo: GreyPixels) -> GreyPixels:
    """Smooth a photo, uint8 (H, W), by `SMOOTH_PX`."""
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), SMOOTH_PX), np.uint8)


def matched_patches(before: GreyPixels, after: GreyPixels, view: FloatArray) -> MatchedPatches:
    """Look for patches all over the first photo near where a view says that they are in the second.

    Parameters
    ----------
    before, after : uint8 arrays, shapes (H, W) and (H', W')
        As `without_noise` returns them.
    view : float array, shape (3, 3)
        Homography of (column, row, 1) from the first photo to the second, right to a few px.

    Returns
    -------
    MatchedPatches
        Without those that are out of sight in the second photo or without texture.
    """
    height, width = before.shape
    laid = cv2.warpPerspective(
        after, view, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=0
    )
    half, reach = PATCH_PX // 2, PATCH_PX // 2 + SEARCH_PX
    here, found, compared = [], [], 0
    for row, column in _grid(height, width, reach):
        corners = np.array([[-reach, -reach], [-reach, reach], [reach, reach], [reach, -reach]])
        if not _within(project(view, corners + np.array([row, column])), after.shape):
            continue
        patch = before[row - half : row + half + 1, column - half : column + half + 1]
        if float(patch.std()) < LEAST_TEXTURE:
            continue
        compared += 1
        around = laid[row - reach : row + reach + 1, column - reach : column + reach + 1]
        likeness = np.asarray(cv2.matchTemplate(around, patch, cv2.TM_CCOEFF_NORMED), np.float64)
        down, right = np.unravel_index(int(likeness.argmax()), likeness.shape)
        inner = 0 < down < 2 * SEARCH_PX and 0 < right < 2 * SEARCH_PX
        if inner and likeness[down, right] >= LEAST_LIKENESS:
            here.append((row, column))
            top = _top(likeness[:, right], int(down)), _top(likeness[down], int(right))
            found.append((row - SEARCH_PX + top[0], column - SEARCH_PX + top[1]))
    places, others = (np.array(each, np.float64).reshape(-1, 2) for each in (here, found))
    return MatchedPatches(places, project(view, others), compared)


def _grid(height: int, width: int, reach: int) -> list[tuple[int, int]]:
    """Places for patches, away from the border."""
    if min(height, width) <= 2 * reach:
        return []
    apart = max(max(height, width) / PATCHES, PATCH_PX / 2.0)
    rows, columns = (
        np.linspace(reach, side - 1 - reach, max(2, int(side / apart))).astype(int).tolist()
        for side in (height, width)
    )
    return [(row, column) for row in rows for column in columns]


def _top(values: FloatArray, at: int) -> float:
    """Place of the top of the parabola through the largest value and its neighbours."""
    one, middle, other = (float(values[at + step]) for step in (-1, 0, 1))
    bend = one - 2.0 * middle + other
    return at + (0.5 * (one - other) / bend if bend < 0.0 else 0.0)


def _within(places: FloatArray, shape: tuple[int, ...]) -> bool:
    return bool(np.isfinite(places).all() and (places >= 0).all() and (places <= np.array(shape) - 1).all())
