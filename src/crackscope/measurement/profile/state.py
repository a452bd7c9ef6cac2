"""The parameters of a fit: their places, their bounds, and where to begin."""

from __future__ import annotations

import math

import numpy as np

from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.measurement.profile.prior import ProfilePrior
from crackscope.measurement.profile.rows import run_borders

LEAST_NOISE = 0.008
"""Of the background: about one grey value of 255."""
SEARCH_SHARE = 0.2
"""The crack is looked for so far from the middle, as a share of the profile."""
EDGE = 0.35
"""What is darker than the background by this share of the deepest place is crack, to begin with."""
PLATEAU_BLURS = 5.0
"""A band so many times as wide as the blur has a floor."""
NARROWEST_PX, SHARPEST_PX, MOST_BLUR_PX = 0.02, 0.3, 8.0

CENTRE, WIDTH, BLUR, DARK, LIGHT, SLOPE = range(6)
"""Columns of a state: px, ln px, ln px, share of the background, unit of the profile, share per `LINE_PX`."""


def begin_state(
    values: FloatArray, known: BoolMask, prior: ProfilePrior, *, from_floor: bool
) -> tuple[FloatArray, BoolMask]:
    """Guess from the darkest place near the middle and the dark run about it.

    Parameters
    ----------
    values : float array, shape (N, L)
        Profiles, the background 1.
    known : bool array, shape (N, L)
    prior : ProfilePrior
    from_floor : bool
        Take the darkest place for the band's own darkness, and not for that of a blurred edge.

    Returns
    -------
    state : float array, shape (N, 6)
    may_have_floor : bool array, shape (N,)
        Whether the dip is broad enough for a band with a floor.
    """
    count, length = values.shape
    places = np.arange(length)
    middle = (known.sum(axis=1, keepdims=True) - 1) / 2
    dip = np.where(known, 1.0 - values, 0.0)
    smooth = np.pad(dip, ((0, 0), (1, 1)), mode="edge")
    smooth = 0.25 * smooth[:, :-2] + 0.5 * smooth[:, 1:-1] + 0.25 * smooth[:, 2:]
    away = np.abs(places - middle)
    likely = smooth - 0.3 * away * dip.max(axis=1, keepdims=True) / length
    deepest = np.where(away <= SEARCH_SHARE * length, likely, -np.inf).argmax(axis=1)[:, None]
    depth = np.maximum(np.take_along_axis(dip, deepest, axis=1), LEAST_NOISE)
    first, last = run_borders(dip <= EDGE * depth, deepest)
    own = np.where((places >= first) & (places <= last), np.maximum(dip, 0.0), 0.0)
    area = np.maximum(own.sum(axis=1, keepdims=True), LEAST_NOISE)
    blur_px, dark = (
        np.broadcast_to(np.reshape(each, (-1, 1)), (count, 1)) for each in (prior.blur_px, prior.dark_share)
    )
    may_have_floor = (own > depth / 2).sum(axis=1) > PLATEAU_BLURS * blur_px[:, 0]
    if from_floor:
        dark = 1 - depth
    width = np.clip(area / np.maximum(1 - dark, LEAST_NOISE), 0.05, length)
    spread = np.sqrt(np.maximum((area / depth) ** 2 - width**2, 0.0) / (2 * math.pi))
    blur = np.clip(blur_px if from_floor else np.maximum(spread, blur_px), SHARPEST_PX, MOST_BLUR_PX)
    state = np.zeros((count, 6))
    state[:, CENTRE] = (own * places).sum(axis=1) / area[:, 0]
    state[:, WIDTH], state[:, BLUR] = np.log(width[:, 0]), np.log(blur[:, 0])
    state[:, DARK] = dark[:, 0]
    state[:, LIGHT] = 1.0
    return state, may_have_floor


def columns(state: FloatArray) -> tuple[FloatArray, ...]:
    """Return centre, width, blur, dark share, light and slope as columns."""
    return (
        state[:, [CENTRE]],
        np.exp(state[:, [WIDTH]]),
        np.exp(state[:, [BLUR]]),
        *(state[:, [each]] for each in (DARK, LIGHT, SLOPE)),
    )


def bounded(state: FloatArray, length: int) -> FloatArray:
    """Keep states, (N, 6), within what a profile of this length can tell (in place)."""
    state[:, CENTRE] = np.clip(state[:, CENTRE], 0, length - 1)
    state[:, WIDTH] = np.clip(state[:, WIDTH], math.log(NARROWEST_PX), math.log(length))
    state[:, BLUR] = np.clip(state[:, BLUR], math.log(SHARPEST_PX), math.log(MOST_BLUR_PX))
    state[:, DARK] = np.clip(state[:, DARK], -0.1, 0.9)
    return state
