"""How far a crack reaches from points inside it: its width, and where its ends are."""

from __future__ import annotations

import math

import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.canvas import Canvas

_STEPS_AT_ONCE = 10
_SPOKES = 16
_FIRST_LOOK_PX = 10.0
_NOTHING = 0.02  # interpolated mask values below this are background
_GIVE_UP_PX = 2.0  # a centreline smoothed off a crack one pixel wide finds it again within this


def reach(
    canvas: Canvas,
    origins: FloatArray,
    directions: FloatArray,
    *,
    step_px: float = 0.5,
    limit_px: float = math.inf,
) -> FloatArray:
    """Measure how far the crack reaches from points inside it along given directions.

    The mask, interpolated between pixel centres, is integrated from the point outwards until the crack ends:
    where nothing is left, or where the mask rises again after it fell below one half (another branch
    begins). Taken over a whole edge this has no bias, whatever the edge's angle to the pixel grid.

    Parameters
    ----------
    canvas : Canvas
    origins : float array, shape (N, 2)
        (row, column) in px.
    directions : float array, shape (N, 2)
        Unit vectors.
    step_px : float
        Between samples.
    limit_px : float
        Look no further than about this.

    Returns
    -------
    float array, shape (N,)
        In px.
    """
    distance = np.zeros(len(origins))
    active = np.arange(len(origins))
    starts = origins.astype(np.float32)[:, :, None]
    steps = directions.astype(np.float32)[:, :, None]
    last = np.ones(len(origins), np.float32)
    inside = np.zeros(len(origins), np.bool_)
    times = ((np.arange(_STEPS_AT_ONCE) + 0.5) * step_px).astype(np.float32)
    while active.size and times[0] < limit_px:
        values = canvas.sample(starts[:, 0] + steps[:, 0] * times, starts[:, 1] + steps[:, 1] * times)
        inside = inside | (values[:, 0] >= 0.5)
        before = np.empty_like(values)
        before[:, 0], before[:, 1:] = last, values[:, :-1]
        stop = (values > before) & (before < 0.5)
        stop &= inside[:, None]
        stop |= values <= _NOTHING
        if times[0] > _GIVE_UP_PX:
            stop |= ~inside[:, None]
        past = np.logical_or.accumulate(stop, axis=1)
        values[past] = 0.0
        distance[active] += values.sum(axis=1)
        on = np.flatnonzero(~past[:, -1])
        active, starts, steps, last = active[on], starts[on], steps[on], values[on, -1]
        inside = inside[on] | (last >= 0.5)
        times = times + np.float32(_STEPS_AT_ONCE * step_px)
    distance *= step_px
    return distance


def inscribed_radius(canvas: Canvas, points: FloatArray) -> FloatArray:
    """Estimate the radius of the largest disc around each point that lies in the crack.

    Parameters
    ----------
    canvas : Canvas
    points : float array, shape (N, 2)

    Returns
    -------
    float array, shape (N,)
        The least reach in 16 directions, in px.
    """
    angle = np.arange(_SPOKES) * (2.0 * np.pi / _SPOKES)
    spokes = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    radii = np.zeros(len(points))
    open_points, limit_px = np.arange(len(points)), _FIRST_LOOK_PX
    while open_points.size:  # a spoke along the crack is long: look no further than the shortest needs
        origins = np.repeat(points[open_points], _SPOKES, axis=0)
        reaches = reach(canvas, origins, np.tile(spokes, (open_points.size, 1)), limit_px=limit_px)
        radii[open_points] = reaches.reshape(-1, _SPOKES).min(axis=1)
        open_points = open_points[radii[open_points] >= limit_px - 1.0]
        limit_px *= 4.0
    return radii
