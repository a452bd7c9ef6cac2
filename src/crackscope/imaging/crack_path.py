"""Where a drawn crack runs: straight, or wandering as cracks in concrete do."""

from __future__ import annotations

import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.imaging.crack_shape import DrawnCrack, line_of

STEP_PX = 2.0  # between the points of a wandering line
SMALLEST_SIDE_PX = 12  # of a picture that a crack can wander through
THINNEST_PX = 1.0  # below this the pixels of a line need no longer touch


def straight_crack(start: tuple[float, float], end: tuple[float, float], width_px: float) -> DrawnCrack:
    """Make a straight crack of one width, its ends cut straight across.

    Parameters
    ----------
    start, end : (row, column)
        In px; the centre of the upper left pixel is (0, 0).
    width_px : float

    Examples
    --------
    >>> straight_crack((10, 10), (10, 50), 3).area_px
    120.0
    """
    return line_of(np.array([start, end], dtype=np.float64), width_px)


def wandering_crack(
    rng: np.random.Generator,
    height: int,
    width: int,
    width_px: float = 3.0,
    *,
    length_px: float | None = None,
    roughness: float = 0.12,
    width_variation: float = 0.25,
    tapered: bool = True,
    branches: int = 0,
) -> DrawnCrack:
    """Make a crack that wanders through a picture of the given size and stays inside it.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same state gives the same crack.
    height, width : int
        Of the picture, in px.
    width_px : float
        Mean width of the untapered part, about.
    length_px : float, optional
        About; drawn between a half and all of the picture's shorter side if not given.
    roughness : float
        Deviation from the straight line, as a share of its length.
    width_variation : float
        Standard deviation of the width, as a share of it.
    tapered : bool
        Whether the width falls to less than half towards the ends (never below `THINNEST_PX`).
    branches : int
        How many thinner lines begin on this one.

    Returns
    -------
    DrawnCrack

    Raises
    ------
    ValueError
        If the picture is too small to wander through.
    """
    if min(height, width) < SMALLEST_SIDE_PX:
        raise ValueError(f"a picture of {height}×{width} px is too small for a crack to wander through")
    length = length_px if length_px is not None else rng.uniform(0.5, 1.0) * min(height, width)
    start, end = _ends(rng, height, width, length)
    points = _fitted(_wander(rng, start, end, roughness, width_px), height, width, width_px)
    points = _evenly(points)
    widths = _widths(rng, points.shape[0], width_px, width_variation, tapered)
    limbs = [_branch(rng, points, widths, roughness / 2, size=(height, width)) for _ in range(branches)]
    return line_of(points, widths, branches=tuple(limb for limb in limbs if limb is not None))


def _ends(rng: np.random.Generator, height: int, width: int, length: float) -> tuple[FloatArray, FloatArray]:
    """Two points at the given distance, in the picture where it is large enough."""
    angle = rng.uniform(0, np.pi)
    half = np.array([np.sin(angle), np.cos(angle)]) * length / 2
    room = np.maximum(np.array([height - 1, width - 1]) / 2 - np.abs(half) - 2, 0)
    middle = np.array([height - 1, width - 1]) / 2 + rng.uniform(-1, 1, 2) * room
    return middle - half, middle + half


def _wander(
    rng: np.random.Generator, start: FloatArray, end: FloatArray, roughness: float, width_px: float
) -> FloatArray:
    """Displace the line between two points by noise at all scales down to a few widths."""
    length = float(np.linalg.norm(end - start))
    count = max(int(np.ceil(length / STEP_PX)), 4)
    along = np.linspace(0.0, 1.0, count + 1)
    sideways = np.zeros(count + 1)
    knots, finest = 3, max(8.0, 4.0 * width_px)
    while length / knots > finest:
        share = roughness * length * 2.0 / knots
        sideways += _smooth_noise(rng, knots, along) * share
        knots *= 2
    sideways -= (1 - along) * sideways[0] + along * sideways[-1]
    normal = np.array([end[1] - start[1], start[0] - end[0]]) / length
    return start + along[:, np.newaxis] * (end - start) + sideways[:, np.newaxis] * normal


def _fitted(points: FloatArray, height: int, width: int, margin_px: float) -> FloatArray:
    """Move a line into the picture, shrinking it where it is too long."""
    low = np.minimum(margin_px, np.array([height - 1, width - 1]) / 4)
    room = np.array([height - 1, width - 1]) - 2 * low
    first = points.min(axis=0)
    extent = points.max(axis=0) - first
    scale = float(np.min(np.minimum(room / np.maximum(extent, 1e-9), 1.0)))
    placed = np.clip(first, low, low + room - extent * scale)
    return np.asarray(placed + (points - first) * scale, np.float64)


def _smooth_noise(rng: np.random.Generator, knots: int, along: FloatArray) -> FloatArray:
    """Random values at evenly spaced knots, joined by a cubic B-spline (smooth to the second derivative)."""
    values = rng.standard_normal(knots + 4)
    position = along * knots
    index = np.minimum(position.astype(np.int64), knots)
    t = position - index
    weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    total = np.sum([weight * values[index + k] for k, weight in enumerate(weights)], axis=0)
    return np.asarray(total / 6, np.float64)


def _evenly(points: FloatArray) -> FloatArray:
    """Place points at equal distances along the same line."""
    moved = np.concatenate([[True], np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-9])
    points = points[moved]
    known = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    wanted = np.linspace(0.0, known[-1], max(int(np.ceil(known[-1] / STEP_PX)), 2) + 1)
    return np.stack([np.interp(wanted, known, axis) for axis in points.T], axis=1)


def _widths(
    rng: np.random.Generator, count: int, width_px: float, variation: float, tapered: bool
) -> FloatArray:
    along = np.linspace(0.0, 1.0, count)
    knots = max(int(count * STEP_PX / max(6.0 * width_px, 20.0)), 2)
    change = 1.5 * _smooth_noise(rng, knots, along) + 0.6 * _smooth_noise(rng, 3 * knots, along)
    widths = width_px * (1 + variation * np.clip(change, -2.5, 2.5))
    if tapered:
        to_end = np.minimum(along, 1 - along) / 0.15
        widths = widths * (0.4 + 0.6 * np.clip(to_end, 0, 1))
    return np.maximum(widths, min(width_px, THINNEST_PX))


def _branch(
    rng: np.random.Generator,
    points: FloatArray,
    widths: FloatArray,
    roughness: float,
    *,
    size: tuple[int, int],
) -> DrawnCrack | None:
    """A thinner line that leaves the given one at 30° to 70°, up to where it leaves the picture."""
    at = int(rng.uniform(0.2, 0.8) * (points.shape[0] - 1))
    ahead = points[min(at + 8, points.shape[0] - 1)] - points[max(at - 8, 0)]
    turn = np.deg2rad(rng.uniform(30, 70)) * rng.choice([-1, 1])
    heading = np.arctan2(ahead[0], ahead[1]) + turn
    thin = max(float(widths[at]) * rng.uniform(0.4, 0.8), THINNEST_PX)
    length = max(rng.uniform(0.2, 0.5) * points.shape[0] * STEP_PX, 4 * STEP_PX)
    end = points[at] + length * np.array([np.sin(heading), np.cos(heading)])
    line = _wander(rng, points[at], end, roughness, thin)
    outside = ((line < thin) | (line > np.array(size) - 1 - thin)).any(axis=1)
    line = line[: int(np.argmax(outside)) if outside.any() else None]
    if line.shape[0] < 5:
        return None
    line = _evenly(line)
    fall = np.linspace(1.0, max(0.5, THINNEST_PX / thin), line.shape[0])
    return line_of(line, np.maximum(_widths(rng, line.shape[0], thin, 0.15, False) * fall, THINNEST_PX))
