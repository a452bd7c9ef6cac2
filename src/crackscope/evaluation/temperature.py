"""One number that makes a model neither too sure nor too unsure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from crackscope.evaluation.bands import row_bands
from crackscope.imaging.arrays import BoolMask, FloatArray, ProbabilityMap, RgbPixels

LARGEST_LOGIT = 18.0
"""float32 knows no probability nearer to 1 than a logit of 16.6."""
BINS = 3601
LOGITS: FloatArray = np.linspace(-LARGEST_LOGIT, LARGEST_LOGIT, BINS)
_STEP = float(LOGITS[1] - LOGITS[0])
_SMALLEST, _LARGEST = 0.1, 10.0
_GOLDEN = (5**0.5 - 1) / 2


class LogitHistogram:
    """Pixels by the logit of their probability of crack, crack and background apart; memory stays flat."""

    def __init__(self) -> None:
        self.crack_pixels: NDArray[np.int64] = np.zeros(BINS, np.int64)
        self.background_pixels: NDArray[np.int64] = np.zeros(BINS, np.int64)

    def add(self, probability: ProbabilityMap, truth: BoolMask) -> None:
        """Count one picture's pixels.

        Parameters
        ----------
        probability : float32 array, shape (H, W)
            Within 0…1.
        truth : bool array, shape (H, W)
        """
        for band in row_bands(*probability.shape):
            crack = truth[band].ravel()
            logits = _logit(probability[band].ravel())
            positions = np.rint((logits + LARGEST_LOGIT) / _STEP).astype(np.intp)
            both = np.bincount(positions, minlength=BINS)
            of_cracks = np.bincount(positions[crack], minlength=BINS)
            self.crack_pixels += of_cracks
            self.background_pixels += both - of_cracks

    def loss(self, temperature: float) -> float:
        """Return the mean negative log-likelihood per pixel when logits are divided by `temperature`."""
        scaled = LOGITS / temperature
        of_cracks = self.crack_pixels @ np.logaddexp(0, -scaled)
        total = of_cracks + self.background_pixels @ np.logaddexp(0, scaled)
        return float(total / max(1, self.crack_pixels.sum() + self.background_pixels.sum()))


def fit_temperature(histograms: Iterable[LogitHistogram]) -> float:
    """Find the temperature under which the truth is most likely; every set weighs the same.

    Parameters
    ----------
    histograms : iterable of LogitHistogram
        One per set; the mean of their losses is minimised.

    Returns
    -------
    float
        Between 0.1 and 10, to three decimals; 1 where there is nothing to fit. Above 1 the model was too
        sure.

    References
    ----------
    Guo et al. (2017), "On calibration of modern neural networks", section 4.2.
    """
    filled = [each for each in histograms if each.crack_pixels.any() or each.background_pixels.any()]
    if not filled:
        return 1.0

    def loss(log_temperature: float) -> float:
        return sum(each.loss(float(np.exp(log_temperature))) for each in filled)

    return round(float(np.exp(_golden_section(loss, float(np.log(_SMALLEST)), float(np.log(_LARGEST))))), 3)


def apply_temperature(probability: ProbabilityMap, temperature: float) -> ProbabilityMap:
    """Return the probabilities that the same network gives with its logits divided by `temperature`.

    Parameters
    ----------
    probability : float32 array, any shape
    temperature : float

    Returns
    -------
    float32 array
        Of the same shape; `probability` itself for a temperature of 1.

    Examples
    --------
    >>> apply_temperature(np.array([0.5, 0.9], np.float32), 2.0)
    array([0.5 , 0.75], dtype=float32)
    """
    if temperature == 1.0:
        return probability
    return np.asarray(1 / (1 + np.exp(-_logit(probability) / np.float32(temperature))), np.float32)


def with_temperature(
    predict: Callable[[RgbPixels], ProbabilityMap], temperature: float
) -> Callable[[RgbPixels], ProbabilityMap]:
    """Return a predictor that divides the logits of another by `temperature`."""
    return lambda pixels: apply_temperature(predict(pixels), temperature)


def _logit(probability: ProbabilityMap) -> NDArray[np.float32]:
    with np.errstate(divide="ignore"):
        logits = np.log(probability) - np.log1p(-probability)
    return np.asarray(np.clip(logits, -LARGEST_LOGIT, LARGEST_LOGIT), np.float32)


def _golden_section(function: Callable[[float], float], low: float, high: float) -> float:
    """Find the lowest point of a function with a single valley, to 1e-5."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > 1e-5:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
    return (low + high) / 2
