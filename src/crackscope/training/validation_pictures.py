"""Validation pictures with truth and prediction side by side."""

from __future__ import annotations

import lightning.pytorch as pl
import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.cache import DecodedCache
from crackscope.imaging.arrays import ProbabilityMap, RgbPixels
from crackscope.training.prediction import predict_picture
from crackscope.training.validation_sheet import one_of_each_set, side_by_side

_TRUTH = np.array((40, 170, 90), np.uint8)


def draw_predictions(cache: DecodedCache, module: pl.LightningModule) -> RgbPixels:
    """Draw validation pictures, one of each set: photo, truth, prediction.

    Parameters
    ----------
    cache : DecodedCache
        The validation pictures.
    module : LightningModule

    Returns
    -------
    uint8 array, shape (H, W, 3)
    """
    rows = []
    for position in one_of_each_set(cache.samples):
        pixels, mask = cache.read(position)
        probability = predict_picture(module.network, pixels)  # type: ignore[arg-type]
        rows.append(comparison(pixels, mask, probability))
    return np.vstack(rows)


def comparison(pixels: RgbPixels, mask: NDArray[np.uint8], probability: ProbabilityMap) -> RgbPixels:
    """Draw photo, truth and prediction beside each other.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
    mask : uint8 array, shape (H, W)
    probability : float32 array, shape (H, W)

    Returns
    -------
    uint8 array, shape (256, 768, 3)
    """
    truth = pixels.copy()
    truth[mask > 0] = _TRUTH
    predicted = np.repeat((probability * 255).astype(np.uint8)[..., None], 3, axis=2)
    return side_by_side([pixels, truth, predicted])
