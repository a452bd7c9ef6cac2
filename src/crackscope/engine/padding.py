"""Bringing pictures to a size that a network takes."""

from __future__ import annotations

import cv2
import numpy as np

from crackscope.imaging.arrays import RgbPixels


def up_to_multiple(length_px: int, stride: int) -> int:
    """Round up to a multiple of a network's stride.

    Examples
    --------
    >>> up_to_multiple(33, 32)
    64
    """
    return -(-length_px // stride) * stride


def pad(pixels: RgbPixels, height: int, width: int) -> RgbPixels:
    """Grow a picture at its lower and right edge by mirroring it there, as often as it takes.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
    height, width : int
        At least the picture's own.

    Returns
    -------
    uint8 array, shape (height, width, 3)
        C-contiguous; the picture itself where it is so and has the size.

    Examples
    --------
    >>> row = np.array([[[1, 1, 1], [2, 2, 2], [3, 3, 3]]], np.uint8)
    >>> pad(row, 1, 8)[0, :, 0].tolist()
    [1, 2, 3, 2, 1, 2, 3, 2]
    """
    below, right = height - pixels.shape[0], width - pixels.shape[1]
    if below == 0 and right == 0:
        return np.ascontiguousarray(pixels)
    padded = cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_REFLECT_101)
    return padded.astype(np.uint8, copy=False)
