"""Validation pictures with truth and prediction side by side."""

from __future__ import annotations

from pathlib import Path

import cv2
import lightning.pytorch as pl
import numpy as np
from lightning.pytorch.callbacks import Callback
from numpy.typing import NDArray

from crackscope.datasets.cache import DecodedCache
from crackscope.imaging.arrays import ProbabilityMap, RgbPixels
from crackscope.imaging.encode import write_jpeg
from crackscope.training.prediction import predict_picture

_ROWS = 8
_TILE_PX = 256
_TRUTH = np.array((40, 170, 90), np.uint8)


class ValidationPictures(Callback):
    """After each validation, draw a sheet: photo, truth, prediction.

    Parameters
    ----------
    folder : Path
    cache : DecodedCache
        The validation pictures; one of each set, as far as the rows go, is drawn.
    """

    def __init__(self, folder: Path, cache: DecodedCache) -> None:
        self._folder = folder
        self._cache = cache
        first: dict[str, int] = {}
        for position, sample in enumerate(cache.samples):
            first.setdefault(sample.set_name, position)
        self._positions = list(first.values())[:_ROWS]

    def on_validation_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Draw and write the sheet of this epoch."""
        if trainer.sanity_checking or not trainer.is_global_zero:
            return
        rows = []
        for position in self._positions:
            pixels, mask = self._cache.read(position)
            probability = predict_picture(module.network, pixels)  # type: ignore[arg-type]
            rows.append(comparison(pixels, mask, probability))
        self._folder.mkdir(parents=True, exist_ok=True)
        write_jpeg(self._folder / f"epoch-{trainer.current_epoch + 1:04d}.jpg", np.vstack(rows))


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
    return np.hstack([_fit(picture) for picture in (pixels, truth, predicted)])


def _fit(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    factor = _TILE_PX / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    canvas = np.full((_TILE_PX, _TILE_PX, 3), 255, np.uint8)
    canvas[: size[1], : size[0]] = small
    return canvas
