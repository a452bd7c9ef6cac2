"""Read a sample's picture and mask."""

from __future__ import annotations

import numpy as np

from crackscope.datasets.sample import Sample
from crackscope.errors import DatasetError
from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.imaging.photo import Photo

CRACK_FROM = 128
"""A mask pixel is crack where its grey value is at least this; masks saved as JPEG are not clean 0 and
255."""


def read_picture(sample: Sample) -> RgbPixels:
    """Decode a sample's picture.

    Returns
    -------
    uint8 array, shape (H, W, 3)

    Raises
    ------
    PhotoError
        If it cannot be read.
    """
    return Photo.open(sample.image).pixels


def read_mask(sample: Sample, *, height: int, width: int) -> BoolMask:
    """Read a sample's mask at its picture's size.

    Parameters
    ----------
    sample : Sample
    height, width : int
        Of the picture.

    Returns
    -------
    bool array, shape (height, width)
        All False where the sample has no mask.

    Raises
    ------
    PhotoError
        If the mask cannot be read.
    DatasetError
        If its size is not the picture's.
    """
    if sample.mask is None:
        return np.zeros((height, width), dtype=bool)
    grey = Photo.open(sample.mask).pixels.max(axis=2)
    mask = np.asarray(grey >= (CRACK_FROM if grey.max() > 1 else 1))  # class indices 0 and 1 are a mask, too
    if mask.shape != (height, width):
        raise DatasetError(
            f"{sample.mask}: is {mask.shape[1]}×{mask.shape[0]} but its picture is {width}×{height}; "
            "export the mask again at the picture's size."
        )
    return mask
