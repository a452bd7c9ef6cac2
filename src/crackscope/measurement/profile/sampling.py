"""Read grey values across a crack off a photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, FloatArray, GreyPixels
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.profile.rows import run_borders

HALF_SAMPLES = 16
"""On each side of the middle."""
NEIGHBOURS = (-2, -1, 0, 1, 2)
"""Places along the crack, in steps, whose profiles are averaged."""
SAMPLES_OVER_BAND = 14
"""A profile's step is 1 px, or more where the mask is wider than so many px."""
STRAY_PX = 3
"""The middle of a line may lie so far beside the mask it was drawn from."""
_PLACES_AT_ONCE = 256
"""Neighbours on a line: the part of the photo about them is small however long the line is."""


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Places on a crack's centreline, and what the mask says about them.

    Parameters
    ----------
    points : float array, shape (N, 2)
        (row, column) in px.
    normals : float array, shape (N, 2)
        Unit vectors across the crack.
    widths_px : float array, shape (N,)
        Of the mask.
    """

    points: FloatArray
    normals: FloatArray
    widths_px: FloatArray

    @classmethod
    def none(cls) -> Crossings:
        """Return no places at all."""
        return cls(np.empty((0, 2)), np.empty((0, 2)), np.empty(0))

    @classmethod
    def joined(cls, parts: Sequence[Crossings]) -> Crossings:
        """Put places of at least one part one after another."""
        return cls(
            np.concatenate([each.points for each in parts]),
            np.concatenate([each.normals for each in parts]),
            np.concatenate([each.widths_px for each in parts]),
        )

    def part(self, chosen: slice | NDArray[np.intp]) -> Crossings:
        """Return some of them."""
        return Crossings(self.points[chosen], self.normals[chosen], self.widths_px[chosen])

    @property
    def steps_px(self) -> FloatArray:
        """Distance of the samples that suits each place."""
        return np.maximum(self.widths_px / SAMPLES_OVER_BAND, 1.0)

    def places(self, *, along: float = 0.0) -> FloatArray:
        """Return where the samples lie, (N, 2, L), `along` steps further on along the crack."""
        offsets = np.arange(-HALF_SAMPLES, HALF_SAMPLES + 1)
        tangents = self.normals[:, ::-1] * (1.0, -1.0)
        steps = self.steps_px[:, None, None]
        start = self.points[:, :, None] + along * steps * tangents[:, :, None]
        return start + steps * self.normals[:, :, None] * offsets


def sample_photo(photo: GreyPixels, crossings: Crossings) -> FloatArray:
    """Read profiles, the mean over neighbouring places.

    Parameters
    ----------
    photo : uint8 array, shape (H, W)
    crossings : Crossings
        In the photo's rows and columns.

    Returns
    -------
    float array, shape (N, L)
        Grey values, bilinear between pixels; NaN beyond the photo's border.
    """
    found = [np.empty((0, 2 * HALF_SAMPLES + 1))]
    for begin in range(0, len(crossings.points), _PLACES_AT_ONCE):
        own = crossings.part(slice(begin, begin + _PLACES_AT_ONCE))
        reach = (HALF_SAMPLES + max(NEIGHBOURS)) * own.steps_px.max() + 2
        low = np.maximum(np.floor(own.points.min(axis=0) - reach), 0).astype(int)
        high = np.ceil(own.points.max(axis=0) + reach).astype(int) + 1
        grey = photo[low[0] : high[0], low[1] : high[1]].astype(np.float32)
        own = replace(own, points=own.points - low)
        values = [_read(grey, own.places(along=along)) for along in NEIGHBOURS]
        found.append(np.mean(values, axis=0))
    return np.concatenate(found)


def _read(grey: NDArray[np.float32], places: FloatArray) -> NDArray[np.float64]:
    rows, columns = places[:, 0].astype(np.float32), places[:, 1].astype(np.float32)
    values = cv2.remap(grey, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    height, width = grey.shape
    outside = (rows < 0) | (rows > height - 1) | (columns < 0) | (columns > width - 1)
    return np.where(outside, np.nan, values.astype(np.float64))


def other_cracks(canvas: Canvas, crossings: Crossings) -> BoolMask:
    """Say which samples lie on crack pixels that a profile reaches beyond its own crack.

    Parameters
    ----------
    canvas : Canvas
        The mask that the crossings were taken from.
    crossings : Crossings
        In the mask's rows and columns.

    Returns
    -------
    bool array, shape (N, L)
        True on another branch, and one sample beside it.
    """
    places = crossings.places()
    seen = canvas.sample(places[:, 0].astype(np.float32), places[:, 1].astype(np.float32)) >= 0.5
    at = np.arange(seen.shape[1])
    away = np.where(seen, np.abs(at - HALF_SAMPLES), seen.shape[1])
    middle = away.argmin(axis=1)[:, None]
    own = np.take_along_axis(away, middle, axis=1) <= STRAY_PX
    first, last = run_borders(~seen, middle)
    other = seen & own & ((at < first) | (at > last))
    grown = np.pad(other, ((0, 0), (1, 1)))
    near: BoolMask = (grown[:, :-2] | grown[:, 1:-1] | grown[:, 2:]) & ~(seen & (at >= first) & (at <= last))
    return near
