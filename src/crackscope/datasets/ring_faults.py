"""What is wrong with the outline of a crack, so that it does not say what its annotator saw."""

from __future__ import annotations

import numpy as np

from crackscope.imaging.arrays import FloatArray

OUTSIDE_PX = 1.0
"""An outline may reach this far beyond its picture: annotators round."""
MOST_POINTS = 1000
"""Longer outlines are traced by programs, and looking for crossings takes the square of their length."""


def reaches_outside(ring: FloatArray, *, height: int, width: int) -> bool:
    """Tell whether an outline, (N, 2) of (x, y) in px, leaves its picture by more than `OUTSIDE_PX`.

    Examples
    --------
    >>> reaches_outside(np.array([[0.0, 0], [9, 0], [9, 30]]), height=20, width=10)
    True
    """
    low, high = ring.min(axis=0), ring.max(axis=0)
    return bool((low < -OUTSIDE_PX).any() or (high > np.array([width, height]) + OUTSIDE_PX).any())


def crosses_itself(ring: FloatArray) -> bool:
    """Tell whether two sides of an outline, (N, 2) of (x, y), cross; touching is no crossing.

    Examples
    --------
    >>> square = np.array([[0.0, 0], [4, 0], [4, 4], [0, 4]])
    >>> crosses_itself(square), crosses_itself(square[[0, 2, 1, 3]])
    (False, True)
    """
    if not 4 <= len(ring) <= MOST_POINTS:
        return False
    start, end = ring, np.roll(ring, -1, axis=0)
    side = end - start

    def turn(points: FloatArray) -> FloatArray:
        """On which side of each side (rows) a point (columns) lies: the sign of the cross product."""
        away = points[np.newaxis] - start[:, np.newaxis]
        return np.asarray(np.sign(side[:, :1] * away[..., 1] - side[:, 1:] * away[..., 0]))

    parted = turn(start) * turn(end) < 0
    return bool((parted & parted.T).any())
