"""Smooth a chain of pixels into a line."""

from __future__ import annotations

import numpy as np

from crackscope.imaging.arrays import FloatArray

_POINTS_OF_RING = (
    24.0  # at least so many standard deviations make up a ring, or smoothing would shrink it by over 3 %
)


def smooth_line(values: FloatArray, sigma: float, *, closed: bool) -> FloatArray:
    """Take a Gaussian mean along a line.

    Parameters
    ----------
    values : float array, shape (N, K)
        K quantities at N points.
    sigma : float
        In points; less on lines too short for it.
    closed : bool
        Whether the last point is the first again. The ends of an open line stay where they are and a
        straight line stays as it is: the line is continued beyond its ends by its point reflection.

    Returns
    -------
    float array, shape (N, K)
    """
    count = len(values)
    if closed:
        sigma = min(sigma, count / _POINTS_OF_RING)
    half = min(int(3.0 * sigma + 0.5), count - 2)
    if half < 1:
        return values
    sigma = min(sigma, half / 2.5)
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    weights /= weights.sum()
    if closed:
        padded = np.concatenate([values[-1 - half : -1], values, values[1 : 1 + half]])
    else:
        head = 2.0 * values[0] - values[half:0:-1]
        tail = 2.0 * values[-1] - values[-2 : -2 - half : -1]
        padded = np.concatenate([head, values, tail])
    columns = [np.convolve(padded[:, k], weights, mode="valid") for k in range(values.shape[1])]
    smoothed: FloatArray = np.stack(columns, axis=1)
    if not closed:
        smoothed[0], smoothed[-1] = values[0], values[-1]
    return smoothed


def unit_tangents(points: FloatArray, *, closed: bool) -> FloatArray:
    """Directions along a line, unit vectors of shape (N, 2); central differences."""
    if closed:
        around = np.concatenate([points[-2:-1], points, points[1:2]])
        steps = around[2:] - around[:-2]
    else:
        steps = np.empty_like(points)
        steps[1:-1] = points[2:] - points[:-2]
        steps[0] = points[1] - points[0]
        steps[-1] = points[-1] - points[-2]
    norms = np.hypot(steps[:, 0], steps[:, 1])
    steps[norms == 0.0] = (0.0, 1.0)
    norms[norms == 0.0] = 1.0
    tangents: FloatArray = steps / norms[:, None]
    return tangents


def distance_along(points: FloatArray) -> FloatArray:
    """Distance from the first point to each, along the line."""
    steps = points[1:] - points[:-1]
    along = np.zeros(len(points))
    np.cumsum(np.hypot(steps[:, 0], steps[:, 1]), out=along[1:])
    return along
