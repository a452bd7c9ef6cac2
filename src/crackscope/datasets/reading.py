"""Read a sample's picture and mask."""

from __future__ import annotations

import numpy as np

from crackscope.datasets.sample import Sample
from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.imaging.photo import Photo


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
    PhotoError, DatasetError
        If the mask cannot be read, or its size is not the picture's.
    """
    if sample.mask is None:
        return np.zeros((height, width), dtype=bool)
    return sample.mask.read(height=height, width=width)
