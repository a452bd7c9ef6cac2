"""Where a picture's mask comes from: a picture file, an annotation's outlines, a MATLAB file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.errors import DatasetError
from crackscope.imaging.arrays import BoolMask
from crackscope.imaging.colour import WHITE
from crackscope.imaging.photo import Photo

BLACK = 0
CRACK_FROM = 128
"""A mask pixel is crack where its grey value is at least this; masks saved as JPEG are not clean 0 and
255."""


Values = Literal["binary", "two", "many"]
_TRANSPARENT_MODES = ("RGBA", "LA", "PA", "P", "La", "RGBa")


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
        mask = read_mask_picture(self.path).mask
        if mask.shape != (height, width):
            raise wrong_size(self.path, mask.shape, height=height, width=width)
        return mask


@dataclass(frozen=True, slots=True, eq=False)
class MaskPicture:
    """A mask as its file has it.

    Parameters
    ----------
    mask : bool array, shape (H, W)
        True on crack pixels.
    grey : uint8 array, shape (H, W)
        What it was read from: the brightest channel, or how opaque a pixel is.
    values : str
        ``"binary"``: 0 and 255, or 0 and 1; ``"two"``: two others; ``"many"``.
    photo : Photo
        The file's own picture.
    """

    mask: BoolMask
    grey: NDArray[np.uint8]
    values: Values
    photo: Photo


def read_mask_picture(path: Path) -> MaskPicture:
    """Read a mask from a picture file.

    A pixel is crack where its brightest channel is at least `CRACK_FROM`. Of two values, whatever they are,
    the brighter is crack: masks may hold class numbers. What is transparent is background; where all that is
    opaque is black, it is the crack.

    Raises
    ------
    PhotoError
        If the file cannot be read.
    """
    photo = Photo.open(path, backdrop=BLACK)
    grey = brightest(photo.pixels)
    if photo.mode in _TRANSPARENT_MODES and not grey.any():
        grey = np.asarray(WHITE - brightest(Photo.open(path, backdrop=WHITE).pixels), np.uint8)
    mask, values = binarised(grey)
    return MaskPicture(mask, grey, values, photo)


def binarised(grey: NDArray[np.uint8]) -> tuple[BoolMask, Values]:
    """Tell which pixels of a grey mask, uint8 (H, W), are crack, and its values as for `MaskPicture`."""
    present = np.flatnonzero(cv2.calcHist([grey], [0], None, [256], [0, 256])).tolist()
    largest = present[-1]
    if largest == 0:
        return np.zeros(grey.shape, np.bool_), "binary"
    if set(present) <= {0, WHITE} or largest == 1:
        return np.asarray(grey == largest), "binary"
    if len(present) == 2:
        return np.asarray(grey == largest), "two"
    return np.asarray(grey >= CRACK_FROM), "many"


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
