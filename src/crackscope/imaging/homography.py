"""Places taken from one flat picture to another."""

from __future__ import annotations

import numpy as np

from crackscope.imaging.arrays import FloatArray


def project(homography: FloatArray, places: FloatArray) -> FloatArray:
    """Take places, shape (N, 2), (row, column), through a homography of (column, row, 1).

    Returns
    -------
    float array, shape (N, 2)
        (row, column); NaN for what lies behind the picture's horizon.

    Examples
    --------
    >>> project(np.diag([2.0, 3.0, 1.0]), np.array([[1.0, 5.0]])).tolist()
    [[3.0, 10.0]]
    """
    mapped = np.column_stack([places[:, 1], places[:, 0], np.ones(len(places))]) @ homography.T
    depth = np.where(mapped[:, 2] > 0.0, mapped[:, 2], np.nan)
    return np.column_stack([mapped[:, 1] / depth, mapped[:, 0] / depth])
