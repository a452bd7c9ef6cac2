"""Agreement of two masks when near is as good as exact."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.evaluation.counts import check_masks
from crackscope.imaging.arrays import BoolMask

_ROUNDING_PX = 1e-3
"""Distances come as float32; two different distances on a grid, near 100 px, are more than this apart."""


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """How many pixels of each of two masks lie near the other.

    Parameters
    ----------
    predicted, truth : int
        Pixels of each.
    predicted_matched : int
        Predicted pixels within the tolerance of a true one; over `predicted` this is the precision.
    truth_matched : int
        True pixels within the tolerance of a predicted one; over `truth` this is the recall.
    """

    predicted: int
    predicted_matched: int
    truth: int
    truth_matched: int


def count_matches(predicted: BoolMask, truth: BoolMask, *, tolerance_px: float) -> MatchCounts:
    """Count the pixels of each mask within a distance of the other.

    Parameters
    ----------
    predicted, truth : bool array, shape (H, W)
    tolerance_px : float
        Largest Euclidean distance between pixel centres that still counts, in px. 0 asks for equal pixels.

    Returns
    -------
    MatchCounts

    Raises
    ------
    ValueError
        If the masks are not boolean or differ in shape, or the tolerance is negative.

    References
    ----------
    Felzenszwalb and Huttenlocher (2012), "Distance transforms of sampled functions": the exact transform
    used.

    Examples
    --------
    >>> truth = np.zeros((9, 9), bool)
    >>> truth[4] = True
    >>> count_matches(np.roll(truth, 2, axis=0), truth, tolerance_px=2)
    MatchCounts(predicted=9, predicted_matched=9, truth=9, truth_matched=9)
    """
    check_masks(predicted, truth)
    if tolerance_px < 0:
        raise ValueError(f"tolerance_px must be at least 0, not {tolerance_px}")
    return MatchCounts(
        predicted=int(np.count_nonzero(predicted)),
        predicted_matched=_count_near(predicted, truth, tolerance_px),
        truth=int(np.count_nonzero(truth)),
        truth_matched=_count_near(truth, predicted, tolerance_px),
    )


def _count_near(mask: BoolMask, other: BoolMask, tolerance_px: float) -> int:
    """Count the pixels of `mask` within `tolerance_px` of a pixel of `other`."""
    if not mask.any() or not other.any():
        return 0
    distance_px: NDArray[np.float32] = np.asarray(
        cv2.distanceTransform(np.logical_not(other).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE),
        np.float32,
    )
    return int(np.count_nonzero(distance_px[mask] <= tolerance_px + _ROUNDING_PX))
