"""Take the noise out of a mask."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.audit.mask_facts import PINHOLE_PX, specks_of
from crackscope.imaging.arrays import BoolMask


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What is done to a noisy mask, in this order.

    Parameters
    ----------
    threshold : int
        Grey value from which on a pixel is crack, of 255.
    opening_px : int
        Radius of an opening: what is thinner than twice this goes. 0, the default, leaves hairlines alone.
    closing_px : int
        Radius of a closing: gaps narrower than twice this are filled. 0, the default, invents nothing.
    least_area_px : int
        Smaller components go, if nothing larger is near; pinholes of up to `PINHOLE_PX` px are filled.
    """

    threshold: int = 128
    opening_px: int = 0
    closing_px: int = 0
    least_area_px: int = 10

    def __post_init__(self) -> None:
        if not 1 <= self.threshold <= 255 or min(self.opening_px, self.closing_px, self.least_area_px) < 0:
            raise ValueError("cleaning needs a threshold of 1 to 255 and sizes of at least 0 px")


def clean(mask: BoolMask, cleaning: Cleaning) -> BoolMask:
    """Open, close, and remove specks and pinholes.

    Parameters
    ----------
    mask : bool array, shape (H, W)
    cleaning : Cleaning

    Returns
    -------
    bool array, shape (H, W)
    """
    result = mask.astype(np.uint8)
    for radius, how in (
        (cleaning.opening_px, cv2.MORPH_OPEN),
        (cleaning.closing_px, cv2.MORPH_CLOSE),
    ):
        if radius:
            result = np.asarray(cv2.morphologyEx(result, how, _disc(radius)), np.uint8)
    for box in specks_of(result.astype(np.bool_), most_px=cleaning.least_area_px - 1):
        result[box] = 0
    return _without_pinholes(result).astype(np.bool_)


def _without_pinholes(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    areas = stats[:, cv2.CC_STAT_AREA]
    pinholes = (areas <= PINHOLE_PX) & (np.arange(count) > 0)
    inside = (stats[:, cv2.CC_STAT_LEFT] > 0) & (stats[:, cv2.CC_STAT_TOP] > 0)
    inside &= stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH] < mask.shape[1]
    inside &= stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT] < mask.shape[0]
    return np.asarray(np.where((pinholes & inside)[labels], 1, mask), np.uint8)


def _disc(radius: int) -> NDArray[np.uint8]:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
