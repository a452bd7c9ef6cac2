"""The array types that pass between the parts."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RgbPixels: TypeAlias = NDArray[np.uint8]
"""Colours of a photo: uint8, shape (H, W, 3), channel order red, green, blue, C-contiguous."""

BoolMask: TypeAlias = NDArray[np.bool_]
"""True on crack pixels: bool, shape (H, W)."""

ProbabilityMap: TypeAlias = NDArray[np.float32]
"""Probability of crack per pixel: float32 in 0…1, shape (H, W)."""

FloatArray: TypeAlias = NDArray[np.float64]
