"""A dark band with sharp edges, seen through a lens that blurs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from crackscope.imaging.arrays import FloatArray

_POWERS = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_SCALE = 0.3275911 / math.sqrt(2.0)
_PEAK = 1.0 / math.sqrt(2.0 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class BandCover:
    """How much of each sample is covered by blurred bands, and how that changes with the bands.

    Parameters
    ----------
    share : float array, shape (N, L)
        0 beside a band, 1 deep in a wide one.
    by_centre, by_width, by_blur : float arrays, shape (N, L)
        Derivatives, per px.
    """

    share: FloatArray
    by_centre: FloatArray
    by_width: FloatArray
    by_blur: FloatArray

    @classmethod
    def of(cls, places: FloatArray, *, centre: FloatArray, width: FloatArray, blur: FloatArray) -> BandCover:
        """Compute the cover.

        Parameters
        ----------
        places : float array, shape (N, L) or (L,)
            Of the samples, in px.
        centre, width, blur : float arrays, shape (N, 1)
            In px; the blur is the standard deviation of a Gaussian.

        Returns
        -------
        BandCover
        """
        first, second = (places - centre + width / 2) / blur, (places - centre - width / 2) / blur
        rise, fall = _density(first), _density(second)
        return cls(
            share=_below(first, rise) - _below(second, fall),
            by_centre=(fall - rise) / blur,
            by_width=(rise + fall) / (2 * blur),
            by_blur=(fall * second - rise * first) / blur,
        )


def _below(deviations: FloatArray, density: FloatArray) -> FloatArray:
    """Normal distribution, to 1e-7; NumPy has no error function.

    Abramowitz and Stegun 1964, "Handbook of mathematical functions", 7.1.26.
    """
    near = 1.0 / (1.0 + _SCALE * np.abs(deviations))
    tail = near * _POWERS[-1]
    for power in _POWERS[-2::-1]:
        tail += power
        tail *= near
    tail *= density
    tail *= 0.5 / _PEAK
    return np.where(deviations > 0, 1.0 - tail, tail)


def _density(deviations: FloatArray) -> FloatArray:
    density: FloatArray = _PEAK * np.exp(-0.5 * deviations * deviations)
    return density
