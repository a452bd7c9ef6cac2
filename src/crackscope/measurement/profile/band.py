"""A dark band with sharp edges, seen through a lens that blurs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from crackscope.imaging.arrays import FloatArray

_FAR = 6.0
"""Standard deviations from which on a normal distribution is 0 or 1."""
_STEPS = 4800
_GRID = np.linspace(-_FAR, _FAR, _STEPS + 1)
_BELOW = np.array([0.5 * math.erfc(-each / math.sqrt(2.0)) for each in _GRID])
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
            share=_below(first) - _below(second),
            by_centre=(fall - rise) / blur,
            by_width=(rise + fall) / (2 * blur),
            by_blur=(fall * second - rise * first) / blur,
        )


def _below(deviations: FloatArray) -> FloatArray:
    """Normal distribution; from a table, to 1e-6, for NumPy has no error function."""
    below: FloatArray = np.interp(deviations, _GRID, _BELOW)
    return below


def _density(deviations: FloatArray) -> FloatArray:
    density: FloatArray = _PEAK * np.exp(-0.5 * deviations * deviations)
    return density
