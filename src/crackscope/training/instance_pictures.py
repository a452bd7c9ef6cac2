"""Validation pictures with true and found cracks side by side."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import lightning.pytorch as pl
import numpy as np
from lightning.pytorch.callbacks import Callback
from torch import nn

from crackscope.datasets.cache import DecodedCache
from crackscope.datasets.instances import single_cracks
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.encode import write_jpeg
from crackscope.imaging.rle import RunLengthMask
from crackscope.training.instance_prediction import find_in_picture

_ROWS = 8
_TILE_PX = 256
_SHOWN_FROM = 0.3
_COLOURS = ((230, 60, 60), (60, 140, 230), (50, 180, 80), (240, 160, 30), (170, 80, 210), (30, 190, 190))


class InstancePictures(Callback):
    """After each validation, draw a sheet: photo, true cracks, found cracks, each in a colour of its own.

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
        assert isinstance(module.network, nn.Module)
        rows = []
        for position in self._positions:
            pixels, mask = self._cache.read(position)
            true = [crack.mask for crack in single_cracks(mask > 0)]
            found = find_in_picture(module.network, pixels)
            sure = [each.mask for each in found if each.score >= _SHOWN_FROM]
            rows.append(np.hstack([_fit(pixels), _fit(drawn(pixels, true)), _fit(drawn(pixels, sure))]))
        self._folder.mkdir(parents=True, exist_ok=True)
        write_jpeg(self._folder / f"epoch-{trainer.current_epoch + 1:04d}.jpg", np.vstack(rows))


def drawn(pixels: RgbPixels, masks: Iterable[RunLengthMask]) -> RgbPixels:
    """Paint cracks over a picture, each with its box.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
    masks : iterable of RunLengthMask

    Returns
    -------
    uint8 array, shape (H, W, 3)
    """
    picture = pixels.copy()
    for number, mask in enumerate(masks):
        colour = _COLOURS[number % len(_COLOURS)]
        box = mask.bounding_box()
        if box is not None:
            picture[box.slices][mask.decode_box(box)] = colour
            last = (box.column + box.width - 1, box.row + box.height - 1)
            cv2.rectangle(picture, (box.column, box.row), last, colour, 1)
    return picture


def _fit(picture: RgbPixels) -> RgbPixels:
    height, width = picture.shape[:2]
    factor = _TILE_PX / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    canvas = np.full((_TILE_PX, _TILE_PX, 3), 255, np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return canvas
