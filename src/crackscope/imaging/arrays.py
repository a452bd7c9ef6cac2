"""The array types that pass between the parts, and the check of what is given from outside."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RgbPixels: TypeAlias = NDArray[np.uint8]
"""Colours of a photo: uint8, shape (H, W, 3), channel order red, green, blue, C-contiguous."""

GreyPixels: TypeAlias = NDArray[np.uint8]
"""Brightness of a photo: uint8, shape (H, W), 0 is black."""

BoolMask: TypeAlias = NDArray[np.bool_]
"""True on crack pixels: bool, shape (H, W)."""

ProbabilityMap: TypeAlias = NDArray[np.float32]
"""Probability of crack per pixel: float32 in 0…1, shape (H, W)."""

FloatArray: TypeAlias = NDArray[np.float64]


def check_rgb(pixels: RgbPixels) -> None:
    """Refuse what is no picture.

    Raises
    ------
    ValueError
        If `pixels` is not uint8 of shape (H, W, 3) with at least one pixel.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise ValueError(
            f"pixels must be uint8 of shape (H, W, 3), not {pixels.dtype} of shape {pixels.shape}"
        )
