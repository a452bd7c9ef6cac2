"""Validation pictures with true and found cracks side by side."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import lightning.pytorch as pl
import numpy as np
from torch import nn

from crackscope.datasets.cache import DecodedCache
from crackscope.datasets.instances import single_cracks
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.rle import RunLengthMask
from crackscope.training.instance_prediction import find_in_picture
from crackscope.training.validation_sheet import one_of_each_set, side_by_side

_SHOWN_FROM = 0.3
_COLOURS = ((230, 60, 60), (60, 140, 230), (50, 180, 80), (240, 160, 30), (170, 80, 210), (30, 190, 190))


def draw_found(cache: DecodedCache, module: pl.LightningModule) -> RgbPixels:
    """Draw validation pictures, one of each set: photo, true cracks, found cracks, each of its own colour.

    Parameters
    ----------
    cache : DecodedCache
        The validation pictures.
    module : LightningModule

    Returns
    -------
    uint8 array, shape (H, W, 3)
    """
    assert isinstance(module.network, nn.Module)
    rows = []
    for position in one_of_each_set(cache.samples):
        pixels, mask = cache.read(position)
        true = [crack.mask for crack in single_cracks(mask > 0)]
        found = find_in_picture(module.network, pixels)
        sure = [each.mask for each in found if each.score >= _SHOWN_FROM]
        rows.append(side_by_side([pixels, drawn(pixels, true), drawn(pixels, sure)]))
    return np.vstack(rows)


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
