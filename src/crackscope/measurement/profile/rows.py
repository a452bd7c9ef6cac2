"""What is asked of many rows of samples at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, FloatArray


def quantile(values: FloatArray, share: float) -> FloatArray:
    """Take a quantile of each row's known values, the nearest one: float (N, L), NaN unknown → (N, 1).

    A row at a time, as NumPy does it where values are unknown, takes most of a fit's time.
    """
    last = np.maximum(np.isfinite(values).sum(axis=1, keepdims=True) - 1, 0)
    at = np.rint(share * last).astype(np.intp)
    return np.take_along_axis(np.sort(values, axis=1), at, axis=1)  # NaN stand last


def run_borders(outside: BoolMask, middle: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find where the run about a sample of each row ends.

    Parameters
    ----------
    outside : bool array, shape (N, L)
        Samples that belong to no run.
    middle : int array, shape (N, 1)

    Returns
    -------
    pair of int arrays, shape (N, 1)
        The nearest samples outside, before and after the middle; -1 and L where there is none.
    """
    at = np.arange(outside.shape[1])
    before = np.where(outside & (at < middle), at, -1).max(axis=1, keepdims=True)
    after = np.where(outside & (at > middle), at, at.size).min(axis=1, keepdims=True)
    return before, after
