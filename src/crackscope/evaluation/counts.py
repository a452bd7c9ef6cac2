"""Pixels found, missed and wrongly reported."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crackscope.imaging.arrays import BoolMask


@dataclass(frozen=True, slots=True)
class PixelCounts:
    """How a predicted mask agrees with the true one, pixel by pixel.

    Parameters
    ----------
    tp : int
        Crack in both.
    fp : int
        Crack in the prediction alone.
    fn : int
        Crack in the truth alone.
    tn : int
        Crack in neither.
    """

    tp: int
    fp: int
    fn: int
    tn: int


def count_pixels(predicted: BoolMask, truth: BoolMask) -> PixelCounts:
    """Count agreeing and differing pixels of two masks.

    Parameters
    ----------
    predicted, truth : bool array, shape (H, W)

    Returns
    -------
    PixelCounts

    Raises
    ------
    ValueError
        If the masks are not boolean or differ in shape.

    Examples
    --------
    >>> count_pixels(np.array([[True, True, False]]), np.array([[True, False, False]]))
    PixelCounts(tp=1, fp=1, fn=0, tn=1)
    """
    check_masks(predicted, truth)
    tp = int(np.count_nonzero(predicted & truth))
    fp = int(np.count_nonzero(predicted)) - tp
    fn = int(np.count_nonzero(truth)) - tp
    return PixelCounts(tp=tp, fp=fp, fn=fn, tn=truth.size - tp - fp - fn)


def check_masks(predicted: BoolMask, truth: BoolMask) -> None:
    """Refuse masks that are not boolean or differ in shape.

    Raises
    ------
    ValueError
    """
    if predicted.dtype != np.bool_ or truth.dtype != np.bool_:
        raise ValueError(f"masks must be boolean, not {predicted.dtype} and {truth.dtype}")
    if predicted.shape != truth.shape or truth.ndim != 2:
        raise ValueError(f"masks must have one shape (H, W), not {predicted.shape} and {truth.shape}")
