"""Whether a probability of 0.8 means crack in eight pixels of ten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crackscope.evaluation.bands import row_bands
from crackscope.imaging.arrays import BoolMask, FloatArray, ProbabilityMap

BINS = 15


class Reliability:
    """Pixels by their probability of crack, and how many of them are crack.

    Memory is that of three numbers per bin, however many pictures are added.

    Parameters
    ----------
    bins : int
        Bins of equal width over 0…1.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning";
    Guo et al. (2017), "On calibration of modern neural networks", for the 15 bins.

    Examples
    --------
    >>> reliability = Reliability()
    >>> reliability.add(np.full((2, 2), 0.75, np.float32), np.array([[True, True], [True, False]]))
    >>> reliability.expected_error()
    0.0
    """

    def __init__(self, bins: int = BINS) -> None:
        self.pixels: NDArray[np.int64] = np.zeros(bins, np.int64)
        self.crack_pixels: NDArray[np.int64] = np.zeros(bins, np.int64)
        self.probability_sums: FloatArray = np.zeros(bins)

    def add(self, probability: ProbabilityMap, truth: BoolMask) -> None:
        """Count one picture's pixels.

        Parameters
        ----------
        probability : float32 array, shape (H, W)
        truth : bool array, shape (H, W)
        """
        bins = len(self.pixels)
        for band in row_bands(*probability.shape):
            values, crack = probability[band].ravel(), truth[band].ravel()
            positions = np.minimum((values * np.float32(bins)).astype(np.intp), bins - 1)
            self.pixels += np.bincount(positions, minlength=bins)
            self.probability_sums += np.bincount(positions, weights=values, minlength=bins)
            self.crack_pixels += np.bincount(positions[crack], minlength=bins)

    def merge(self, other: Reliability) -> None:
        """Add the pixels that another counted."""
        self.pixels += other.pixels
        self.crack_pixels += other.crack_pixels
        self.probability_sums += other.probability_sums

    def expected_error(self) -> float | None:
        """Return the mean, over all pixels, of |mean probability - share of crack| of their bin.

        None where no pixel was added.
        """
        total = int(self.pixels.sum())
        if total == 0:
            return None
        return float(np.abs(self.probability_sums - self.crack_pixels).sum() / total)

    def mean_probabilities(self) -> list[float | None]:
        """Return each bin's mean probability; None for an empty bin."""
        return self._means(self.probability_sums)

    def crack_shares(self) -> list[float | None]:
        """Return each bin's share of crack pixels; None for an empty bin."""
        return self._means(self.crack_pixels.astype(np.float64))

    def _means(self, sums: FloatArray) -> list[float | None]:
        return [
            float(each) / int(count) if count else None for each, count in zip(sums, self.pixels, strict=True)
        ]
