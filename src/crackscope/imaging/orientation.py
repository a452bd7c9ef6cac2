"""Pixels turned as the camera was held."""

from __future__ import annotations

import cv2
import numpy as np

from crackscope.imaging.arrays import RgbPixels


def upright(pixels: RgbPixels, orientation: int) -> RgbPixels:
    """Turn and mirror pixels as the EXIF orientation (1…8) asks.

    References
    ----------
    CIPA DC-008, tag 0x0112.
    """
    if orientation == 5:
        return np.ascontiguousarray(pixels.transpose(1, 0, 2))
    if orientation == 7:
        return np.ascontiguousarray(pixels[::-1, ::-1].transpose(1, 0, 2))
    if orientation in (6, 8):
        turn = cv2.ROTATE_90_CLOCKWISE if orientation == 6 else cv2.ROTATE_90_COUNTERCLOCKWISE
        return np.asarray(cv2.rotate(pixels, turn), np.uint8)
    if orientation in (2, 3, 4):
        return np.asarray(cv2.flip(pixels, {2: 1, 3: -1, 4: 0}[orientation]), np.uint8)
    return pixels
