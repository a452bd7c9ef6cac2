"""The size at which a photo is shown: large ones shrunk, small ones enlarged, so that words fit onto it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from crackscope.datasets.audit.panels import shrunk_mask
from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.imaging.encode import thumbnail

LONGEST_PX = 360


@dataclass(frozen=True, slots=True)
class PictureSize:
    """How a photo becomes the small picture that is shown of it.

    Parameters
    ----------
    photo_height, photo_width : int
        Of the photo, in px.
    small_height, small_width : int
        Shrunk, in px.
    factor : int
        By which that is enlarged; a whole number, so that no pixel of a mask gets wider than another.
    """

    photo_height: int
    photo_width: int
    small_height: int
    small_width: int
    factor: int

    @classmethod
    def of(cls, height: int, width: int) -> PictureSize:
        """Choose the size for a photo.

        Examples
        --------
        >>> PictureSize.of(1080, 720).shown, PictureSize.of(64, 100).shown
        ((360, 240), (192, 300))
        """
        share = min(1.0, LONGEST_PX / max(height, width))
        small_height, small_width = (max(1, round(side * share)) for side in (height, width))
        factor = max(1, LONGEST_PX // max(small_height, small_width))
        return cls(height, width, small_height, small_width, factor)

    @property
    def shown(self) -> tuple[int, int]:
        """Height and width of the picture that is shown, in px."""
        return self.small_height * self.factor, self.small_width * self.factor

    def photo(self, pixels: RgbPixels) -> RgbPixels:
        """Bring the photo, uint8 (H, W, 3), to the size it is shown at."""
        small = thumbnail(pixels, LONGEST_PX)
        if self.factor == 1:
            return small
        height, width = self.shown
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)

    def mask(self, mask: BoolMask) -> BoolMask:
        """Bring a mask of the photo, bool (H, W), to the size it is shown at; no hairline gets lost."""
        small = shrunk_mask(mask, self.small_height, self.small_width)
        return small.repeat(self.factor, axis=0).repeat(self.factor, axis=1)

    def at(self, row: float, column: float) -> tuple[int, int]:
        """Say where a place in the photo lies in what is shown, as row and column in px."""
        height, width = self.shown
        return (
            min(height - 1, max(0, round(row * height / self.photo_height))),
            min(width - 1, max(0, round(column * width / self.photo_width))),
        )
