"""Which way lines run: the mean and the spread of the directions of their steps.

A line has no beginning: its directions are those of an axis, in [0, 180), 0 = horizontal, counter-clockwise
as seen. Rows grow downwards, so a step of (-1, 1) runs at 45°.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crackscope.imaging.arrays import FloatArray

HALF_TURN_DEG = 180.0
BINS = 12
BIN_DEG = HALF_TURN_DEG / BINS
"""Wide enough for a crack of some hundred px to fill its bins, narrow enough to tell 30° from 45°."""
STEADY_POINTS = 5
"""Each point becomes the mean of so many on both sides, twice.

Lines almost along rows, columns or diagonals keep some of the grid's long, low stairs, which took an eighth
of what a circle has in these directions to those beside them; so smoothed, they take less than a fiftieth.
"""


def steps_along(lines: Sequence[FloatArray]) -> FloatArray:
    """Take the steps from point to point of lines.

    Parameters
    ----------
    lines : sequence of float arrays, shape (N, 2)
        (row, column) in px.

    Returns
    -------
    float array, shape (M, 2)
        None leads from one line to the next.

    Examples
    --------
    >>> steps_along([np.array([[0.0, 0.0], [0.0, 2.0]]), np.array([[5.0, 5.0], [6.0, 5.0]])]).tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    if not lines:
        return np.empty((0, 2))
    between = np.cumsum([len(line) for line in lines])[:-1] - 1
    steps: FloatArray = np.diff(np.concatenate(lines), axis=0)
    return np.delete(steps, between, axis=0) if between.size else steps


def steady_steps_along(lines: Sequence[FloatArray]) -> FloatArray:
    """Take the steps of lines, each as long as it is and in the direction that the line has around it.

    The stairs of the pixel grid do not show in these directions.

    Parameters
    ----------
    lines : sequence of float arrays, shape (N, 2)
        (row, column) in px, smoothed, at even distances.

    Returns
    -------
    float array, shape (M, 2)

    Examples
    --------
    >>> at = np.repeat(np.arange(30.0), 2)
    >>> stairs = np.column_stack([at[:-1], at[1:]])
    >>> steps = steady_steps_along([stairs])[10:-10]
    >>> bool(abs(np.degrees(np.arctan2(steps[:, 0], steps[:, 1])) - 45.0).max() < 0.5)
    True
    """
    if not lines:
        return np.empty((0, 2))
    counts = [len(line) for line in lines]
    ends = np.cumsum(counts)
    place = np.arange(ends[-1])
    from_start, from_end = place - np.repeat(ends - counts, counts), np.repeat(ends, counts) - 1 - place
    half = np.minimum(np.minimum(from_start, from_end), STEADY_POINTS)
    first, beyond, several = place - half, place + half + 1, (2 * half + 1)[:, None]
    raw: FloatArray = np.concatenate(lines)
    points = raw
    for _ in range(2):
        sums = np.concatenate([np.zeros((1, 2)), np.cumsum(points, axis=0)])
        points = (sums[beyond] - sums[first]) / several
    within = np.delete(np.arange(ends[-1] - 1), ends[:-1] - 1)
    steps = np.diff(points, axis=0)[within]
    lengths, own = np.hypot(*np.diff(raw, axis=0)[within].T), np.hypot(steps[:, 0], steps[:, 1])
    steady: FloatArray = steps * (lengths / np.where(own > 0.0, own, 1.0))[:, None]
    return steady


def main_direction(steps: FloatArray) -> tuple[float, float]:
    """Take the mean direction of steps and how much they agree on it.

    The mean is of doubled angles, so that 179° and 1° lie side by side; every step weighs as its length.

    Parameters
    ----------
    steps : float array, shape (M, 2)
        (rows, columns).

    Returns
    -------
    direction_deg : float
        In [0, 180); 0 where there is no step.
    agreement : float
        Resultant length, 1 where all steps are parallel, 0 where no direction stands out.

    References
    ----------
    Mardia and Jupp (2000), "Directional Statistics": axes by doubled angles.

    Examples
    --------
    >>> direction_deg, agreement = main_direction(np.array([[0.0, 3.0], [-3.0, 0.0], [-2.0, 2.0]]))
    >>> round(direction_deg, 6), round(agreement, 3)
    (45.0, 0.32)
    """
    weights = np.hypot(steps[:, 0], steps[:, 1])
    doubled = 2.0 * np.arctan2(-steps[:, 0], steps[:, 1])
    across, along = float((weights * np.sin(doubled)).sum()), float((weights * np.cos(doubled)).sum())
    direction = float(np.degrees(0.5 * np.arctan2(across, along))) % HALF_TURN_DEG
    total = float(weights.sum())
    agreement = min(1.0, float(np.hypot(across, along)) / total) if total > 0.0 else 0.0
    # A tiny negative angle rounds up to 180.
    return (direction if direction < HALF_TURN_DEG else 0.0), agreement


def direction_histogram(steps: FloatArray) -> tuple[float, ...]:
    """Share of the length of steps by direction.

    Parameters
    ----------
    steps : float array, shape (M, 2)
        (rows, columns), as from `steady_steps_along`: those of a chain of pixels know eight directions only.

    Returns
    -------
    tuple of `BINS` floats
        Summing to 1. The first bin is centred on 0°: [-7.5, 7.5), [7.5, 22.5), …, [157.5, 172.5). All is in
        the first where there is no length.

    Examples
    --------
    >>> [round(share, 2) for share in direction_histogram(np.array([[0.0, 3.0], [-1.0, 0.0]]))]
    [0.75, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    weights = np.hypot(steps[:, 0], steps[:, 1])
    total = float(weights.sum())
    if total == 0.0:
        return (1.0,) + (0.0,) * (BINS - 1)
    angles = np.degrees(np.arctan2(-steps[:, 0], steps[:, 1]))
    bins = np.floor(angles / BIN_DEG + 0.5).astype(np.intp) % BINS
    shares = np.bincount(bins, weights, BINS) / total
    return tuple(shares.tolist())


def angle_between(one_deg: float, other_deg: float) -> float:
    """Angle between two axes, in [0, 90].

    Examples
    --------
    >>> angle_between(175.0, 10.0)
    15.0
    """
    return abs((one_deg - other_deg + HALF_TURN_DEG / 2.0) % HALF_TURN_DEG - HALF_TURN_DEG / 2.0)
