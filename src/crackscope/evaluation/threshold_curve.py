"""Crack pixels found and wrongly reported at every threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.evaluation.bands import row_bands
from crackscope.imaging.arrays import BoolMask, FloatArray, ProbabilityMap

STEPS = 1000
THRESHOLDS: FloatArray = np.arange(STEPS + 1) / STEPS
"""0, 0.001, …, 1: the thresholds that a curve knows."""

_EDGES = np.append(THRESHOLDS, 2.0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class BestThreshold:
    """The threshold that suits the very pictures it is judged on; never a figure to publish alone.

    Parameters
    ----------
    threshold : float
    f1, precision, recall, iou : float
        Pooled over the pixels of the same pictures.
    """

    threshold: float
    f1: float
    precision: float
    recall: float
    iou: float


class ThresholdCurve:
    """Pixels by their probability of crack, in 1001 bins, crack and background apart.

    Bin k holds the pixels with k/1000 ≤ probability < (k+1)/1000, compared as `probability >= threshold`
    compares float32 with a threshold; the counts at a threshold of k/1000 are therefore exact. Memory is that
    of 2002 numbers, however many pictures are added.

    Examples
    --------
    >>> curve = ThresholdCurve()
    >>> curve.add(np.array([[0.9, 0.6, 0.2]], np.float32), np.array([[True, True, False]]))
    >>> curve.best().threshold, curve.best().f1
    (0.201, 1.0)
    """

    def __init__(self) -> None:
        self.crack_pixels: NDArray[np.int64] = np.zeros(STEPS + 1, np.int64)
        self.background_pixels: NDArray[np.int64] = np.zeros(STEPS + 1, np.int64)

    def add(self, probability: ProbabilityMap, truth: BoolMask) -> None:
        """Count one picture's pixels.

        Parameters
        ----------
        probability : float32 array, shape (H, W)
            Within 0…1.
        truth : bool array, shape (H, W)
        """
        for band in row_bands(*probability.shape):
            values, crack = probability[band].ravel(), truth[band].ravel()
            positions = np.minimum((values * np.float32(STEPS)).astype(np.int32), STEPS)
            # The product is rounded, so a value beside an edge may have landed in the neighbouring bin.
            positions -= values < _EDGES[positions]
            positions += values >= _EDGES[positions + 1]
            both = np.bincount(positions, minlength=STEPS + 1)
            of_cracks = np.bincount(positions[crack], minlength=STEPS + 1)
            self.crack_pixels += of_cracks
            self.background_pixels += both - of_cracks

    def merge(self, other: ThresholdCurve) -> None:
        """Add the pixels that another counted."""
        self.crack_pixels += other.crack_pixels
        self.background_pixels += other.background_pixels

    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return crack pixels found, background pixels reported, crack pixels missed, by threshold."""
        tp = np.cumsum(self.crack_pixels[::-1])[::-1]
        fp = np.cumsum(self.background_pixels[::-1])[::-1]
        return tp, fp, self.crack_pixels.sum() - tp

    def f1(self) -> FloatArray | None:
        """Return the pooled F1 at each of `THRESHOLDS`; None without a crack pixel."""
        tp, fp, fn = self.counts()
        return None if not self.crack_pixels.any() else np.asarray(2 * tp / (2 * tp + fp + fn))

    def best(self) -> BestThreshold | None:
        """Return the threshold of the highest F1, the lowest of equals; None without a crack pixel."""
        f1 = self.f1()
        if f1 is None:
            return None
        at = int(np.argmax(f1))
        tp, fp, fn = (int(column[at]) for column in self.counts())
        return BestThreshold(
            threshold=float(THRESHOLDS[at]),
            f1=float(f1[at]),
            precision=tp / max(1, tp + fp),
            recall=tp / (tp + fn),
            iou=tp / (tp + fp + fn),
        )
