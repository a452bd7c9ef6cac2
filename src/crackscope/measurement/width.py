"""How far a crack reaches from points inside it: its width, and where its ends are."""

from __future__ import annotations

import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.canvas import Canvas

_STEPS_AT_ONCE = 8
_NOTHING = 0.02  # interpolated mask values below this are background


def reach(canvas: Canvas, origins: FloatArray, directions: FloatArray, *, step_px: float = 0.5) -> FloatArray:
    """Measure how far the crack reaches from points inside it along given directions.

    The mask, interpolated between pixel centres, is integrated from the point outwards until the crack ends: where
    nothing is left, or where the mask rises again after it fell below one half (another branch begins). Taken over a
    whole edge this has no bias, whatever the edge's angle to the pixel grid.

    Parameters
    ----------
    canvas : Canvas
    origins : float array, shape (N, 2)
        (row, column) in px.
    directions : float array, shape (N, 2)
        Unit vectors.
    step_px : float
        Between samples.

    Returns
    -------
    float array, shape (N,)
        In px.
    """
    distance = np.zeros(len(origins))
    active = np.arange(len(origins))
    last = np.zeros(len(origins))
    inside = np.zeros(len(origins), np.bool_)
    times = (np.arange(_STEPS_AT_ONCE) + 0.5) * step_px
    while active.size:
        rows = origins[active, :1] + directions[active, :1] * times
        columns = origins[active, 1:] + directions[active, 1:] * times
        values = canvas.sample(rows, columns)
        before = np.concatenate([last[:, None], values[:, :-1]], axis=1)
        been_inside = np.logical_or.accumulate(
            np.concatenate([inside[:, None], values[:, :-1] >= 0.5], axis=1), axis=1
        )
        stop = (values <= _NOTHING) | (been_inside & (before < 0.5) & (values > before))
        if times[0] > _GIVE_UP_PX:
            stop |= ~been_inside
        going = ~np.logical_or.accumulate(stop, axis=1)
        distance[active] += (values * going).sum(axis=1) * step_px
        on = going[:, -1]
        active = active[on]
        last, inside = values[on, -1], been_inside[on, -1] | (values[on, -1] >= 0.5)
        times = times + _STEPS_AT_ONCE * step_px
    return distance


_GIVE_UP_PX = 2.0  # a centreline smoothed off a crack one pixel wide finds it again within this


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
    angle = np.arange(16) * (np.pi / 8)
    spokes = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    origins = np.repeat(points, 16, axis=0)
    found: FloatArray = reach(canvas, origins, np.tile(spokes, (len(points), 1))).reshape(-1, 16).min(axis=1)
    return found
