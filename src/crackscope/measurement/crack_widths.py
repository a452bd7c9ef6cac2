"""How wide one crack is: figures of its widths along the centreline, each with its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.profile.estimate import FIT_PART, joined_sigma_px
from crackscope.measurement.scale import PhotoScale

WidthSource = Literal["photo", "mask"]
IntArray = NDArray[np.intp]

MASK_FLOOR_PX, MASK_PART = 1.0, 0.3
"""Standard deviation of a width that only the mask tells: so many px, and this share of the width."""
INDEPENDENT_PX = 6.0
"""Profiles so far apart along a crack err independently: each is the mean over 5 px."""
FEWEST_IN_LINE = 3
MOST_SHOWN = 200
"""Places of a crack that are listed with their widths."""
MEDIAN_SD = 1.2533
"""The standard deviation of a median over that of a mean."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and its standard deviation."""

    value: float
    sigma: float

    def scaled(self, factor: float, share: float) -> Figure:
        """Turn it into another unit by a factor whose standard deviation is a share of it."""
        value = self.value * factor
        return Figure(value, math.hypot(self.sigma * factor, value * share))


@dataclass(frozen=True, slots=True)
class CrackWidths:
    """Figures of a crack's width, in px or in mm.

    Parameters
    ----------
    mean, median, p95, maximum : Figure
    maximum_at : (row, column)
        Where the crack is widest.
    source : str
        ``"photo"`` if they were measured on grey values, ``"mask"`` if only on the model's mask.
    along : tuple of (row, column, width)
        Places on the centreline and the width there, at most `MOST_SHOWN`.
    """

    mean: Figure
    median: Figure
    p95: Figure
    maximum: Figure
    maximum_at: tuple[float, float]
    source: WidthSource
    along: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class WidthsAlong:
    """Widths at places on a crack's centreline.

    Parameters
    ----------
    places : float array, shape (N, 2)
        (row, column) in px.
    normals : float array, shape (N, 2)
        Unit vectors across the crack; NaN for a disc, which has no direction.
    widths_px : float array, shape (N,)
    shares_px : float array, shape (N,)
        Length of line that each stands for.
    fit_sd_px : float array, shape (N,), optional
        What the fit of each says of itself; None for widths of the mask.
    """

    places: FloatArray
    normals: FloatArray
    widths_px: FloatArray
    shares_px: FloatArray
    fit_sd_px: FloatArray | None = None

    @classmethod
    def on_photo(
        cls,
        places: FloatArray,
        normals: FloatArray,
        *,
        widths_px: FloatArray,
        shares_px: FloatArray,
        fit_sd_px: FloatArray,
        line_of: IntArray,
    ) -> WidthsAlong:
        """Take widths from the photo without those that stand alone: each becomes the median of three.

        Parameters
        ----------
        places, normals, widths_px, shares_px, fit_sd_px
            See `WidthsAlong`.
        line_of : int array, shape (N,)
            Number of the line that each place is on; those of one line in their order.
        """
        steady = widths_px.copy()
        for line in np.unique(line_of):
            own = np.flatnonzero(line_of == line)
            if own.size >= FEWEST_IN_LINE:
                # An end is judged by the two beside it.
                middle = np.clip(np.arange(own.size), 1, own.size - 2)
                steady[own] = np.median(widths_px[own][middle[:, None] + (-1, 0, 1)], axis=1)
        return cls(places, normals, steady, shares_px, fit_sd_px)

    @property
    def mean_px(self) -> float:
        """Mean width, every place weighing as the length of line that it stands for."""
        return float(np.average(self.widths_px, weights=self.shares_px))

    def figures(self) -> CrackWidths:
        """Take the figures of at least one width, in px."""
        return self._figures(np.ones(len(self.widths_px)), 0.0)

    def figures_in_mm(self, scale: PhotoScale) -> CrackWidths:
        """Take the figures of at least one width, in mm; each carries what the scale does not know as well.

        Parameters
        ----------
        scale : PhotoScale
            Sure at all places.
        """
        return self._figures(
            scale.across_mm_per_px(self.places, self.normals), scale.relative_sigma(self.places)
        )

    def _figures(self, factors: FloatArray, factor_sigma: float) -> CrackWidths:
        widths = self.widths_px * factors
        mean = float(np.average(widths, weights=self.shares_px))
        median, p95 = (float(each) for each in np.quantile(widths, [0.5, 0.95]))
        widest = int(widths.argmax())
        row, column = self.places[widest].tolist()
        several = self._independent() ** -0.5
        factor = mean / self.mean_px if mean > 0.0 else float(factors.mean())

        def figure(value: float, several: float, factor: float = factor) -> Figure:
            own = self._sigma(value / factor, several) * factor
            return Figure(value, math.hypot(own, value * factor_sigma))

        return CrackWidths(
            mean=figure(mean, several),
            median=figure(median, min(1.0, MEDIAN_SD * several)),
            p95=figure(p95, 1.0),
            maximum=figure(float(widths[widest]), 1.0, float(factors[widest])),
            maximum_at=(row, column),
            source="mask" if self.fit_sd_px is None else "photo",
            along=self._shown(),
        )

    def _shown(self) -> tuple[tuple[float, float, float], ...]:
        """Take places at even distances, no more than a reader can use, and their widths in px."""
        chosen = slice(None, None, -(-len(self.widths_px) // MOST_SHOWN))
        places, widths = self.places[chosen].tolist(), self.widths_px[chosen].tolist()
        return tuple(
            (round(row, 1), round(column, 1), round(width, 2))
            for (row, column), width in zip(places, widths, strict=True)
        )

    def _independent(self) -> float:
        """Say how many independent widths there are."""
        return max(1.0, min(float(self.widths_px.size), float(self.shares_px.sum()) / INDEPENDENT_PX))

    def _sigma(self, width: float, several: float) -> float:
        """Join what errs at each place by itself, and less in the mean, with what errs everywhere alike."""
        if self.fit_sd_px is None:
            return math.hypot(MASK_FLOOR_PX, MASK_PART * width)
        alone = FIT_PART * np.sqrt(np.mean(np.square(self.fit_sd_px))) * several
        return float(joined_sigma_px(np.asarray(width), alone))
