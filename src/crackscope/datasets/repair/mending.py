"""Put one mask right, as the findings about it say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from crackscope.datasets.entry import Entry
from crackscope.datasets.finding import Finding
from crackscope.datasets.mask_source import BLACK, MaskFile, MaskPicture, read_mask_picture, wrong_size
from crackscope.datasets.repair.cleaning import Cleaning, clean
from crackscope.datasets.turns import turned
from crackscope.imaging.arrays import BoolMask
from crackscope.imaging.colour import WHITE

ORIENTATION_KINDS = frozenset({"transposed-mask", "rotated-mask"})
NOISE_KINDS = frozenset({"speckle", "non-binary-mask"})
MENDABLE_KINDS = frozenset(
    {"multichannel-mask", "inverted-mask", "size-mismatch", *ORIENTATION_KINDS, *NOISE_KINDS}
)
LARGEST_SHAPE_ERROR = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Mended:
    """A mask as it should be.

    Parameters
    ----------
    mask : bool array, shape (H, W)
    as_stored : bool
        Whether its file holds just this already, as PNG in black and white.
    """

    mask: BoolMask
    as_stored: bool = False


def mended_mask(
    entry: Entry, findings: Collection[Finding], *, height: int, width: int, cleaning: Cleaning
) -> Mended:
    """Read an entry's mask and put it right.

    Parameters
    ----------
    entry : Entry
        With a mask.
    findings : collection of Finding
        About this mask; only those of `MENDABLE_KINDS` change it.
    height, width : int
        Of the picture, upright.
    cleaning : Cleaning

    Returns
    -------
    Mended
        Of shape (height, width).

    Raises
    ------
    PhotoError, DatasetError
        If the mask cannot be read, or is of another size that cannot be mended.
    """
    assert entry.mask is not None
    kinds = {finding.kind for finding in findings}
    if not isinstance(entry.mask, MaskFile):
        return Mended(entry.mask.read(height=height, width=width))
    picture = read_mask_picture(entry.mask.path)
    mask = picture.mask
    if picture.values == "many":
        mask = np.asarray(picture.grey >= cleaning.threshold)
    if "inverted-mask" in kinds:
        mask = ~mask
    for finding in findings:
        if finding.turn is not None and finding.kind in ORIENTATION_KINDS:
            mask = turned(mask, finding.turn)
    noisy = bool(kinds & NOISE_KINDS)
    if mask.shape != (height, width):
        if not _of_one_shape(mask.shape, (height, width)):
            raise wrong_size(entry.mask.path, mask.shape, height=height, width=width)
        mask, noisy = _resized(mask, height, width), True  # a hairline falls to pieces when it is enlarged
    if noisy:
        return Mended(clean(mask, cleaning))
    return Mended(mask, as_stored=not findings and _is_plain(entry.mask.path, picture))


def _is_plain(path: Path, picture: MaskPicture) -> bool:
    """Whether a mask file is a PNG in black and white already."""
    photo = picture.photo
    if photo.metadata.format != "PNG" or photo.mode not in ("1", "L") or path.suffix.lower() != ".png":
        return False
    white, black = picture.grey == WHITE, picture.grey == BLACK
    return photo.orientation == 1 and bool((white == picture.mask).all() and (black != picture.mask).all())


def _of_one_shape(one: tuple[int, ...], other: tuple[int, int]) -> bool:
    """Whether two sizes differ by one factor in both directions, as a picture and its thumbnail do."""
    factors = (other[0] / one[0], other[1] / one[1])
    return abs(factors[0] / factors[1] - 1) <= LARGEST_SHAPE_ERROR


def _resized(mask: BoolMask, height: int, width: int) -> BoolMask:
    """Bring a mask to another size; a pixel is crack where most of it is."""
    grey = mask.astype(np.uint8) * np.uint8(255)
    how = cv2.INTER_AREA if mask.shape[0] > height else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, (width, height), interpolation=how) >= 128)
