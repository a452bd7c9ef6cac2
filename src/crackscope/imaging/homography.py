"""Places taken from one flat picture to another, and the areas between them."""

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


def signed_area(corners: FloatArray) -> float:
    """Area of a polygon by the shoelace formula; its sign says which way round the corners go.

    Parameters
    ----------
    corners : float array, shape (N, 2)
        (row, column); positive if they go clockwise as seen, rows growing downwards.

    Examples
    --------
    >>> signed_area(np.array([[0.0, 0.0], [0.0, 3.0], [2.0, 3.0], [2.0, 0.0]]))
    6.0
    """
    row, column = corners.T
    return float(np.dot(column, np.roll(row, -1)) - np.dot(row, np.roll(column, -1))) / 2.0
