"""Where a picture's mask comes from: a picture file, an annotation's outlines, a MATLAB file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.errors import DatasetError
from crackscope.imaging.arrays import BoolMask
from crackscope.imaging.photo import Photo

CRACK_FROM = 128
"""A mask pixel is crack where its grey value is at least this; masks saved as JPEG are not clean 0 and
255."""


class MaskSizeError(DatasetError):
    """A mask of another size than its picture."""


class MaskSource(Protocol):
    """What says where a picture's cracks are."""

    @property
    def path(self) -> Path:
        """The file that it is read from."""
        ...

    def read(self, *, height: int, width: int) -> BoolMask:
        """Return the mask, bool (height, width), of a picture of that size.

        Raises
        ------
        PhotoError, DatasetError
            If it cannot be read or is of another size.
        """
        ...


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A mask that is a picture file: white is crack."""

    path: Path

    def read(self, *, height: int, width: int) -> BoolMask:
        """Return the mask; see `MaskSource.read`."""
        mask = binary(Photo.open(self.path).pixels)
        if mask.shape != (height, width):
            raise wrong_size(self.path, mask.shape, height=height, width=width)
        return mask


def binary(pixels: NDArray[np.uint8]) -> BoolMask:
    """Tell which pixels of a mask picture, uint8 (H, W, 3), are crack.

    The brightest channel counts. Where no value is above 1 the mask holds class numbers, and 1 is crack.
    """
    grey = brightest(pixels)
    return np.asarray(grey >= (CRACK_FROM if grey.max(initial=0) > 1 else 1))


def brightest(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the brightest channel of each pixel, uint8 (H, W), of a picture, uint8 (H, W, 3)."""
    red, green, blue = cv2.split(pixels)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def wrong_size(path: Path, shape: tuple[int, ...], *, height: int, width: int) -> MaskSizeError:
    """Make the error for a mask of another size than its picture."""
    return MaskSizeError(
        f"{path}: is {shape[1]}×{shape[0]} but its picture is {width}×{height}; "
        "export the mask again at the picture's size."
    )
