"""Does a mask lie on its picture as it should, or turned or mirrored?

A crack is darker than what is around it. The mask is laid on a map of local darkness in every orientation
that its shape allows; where another orientation fits far better than the one given, the mask lies turned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.finding import Turn
from crackscope.datasets.turns import KEEPING_SHAPE, SWAPPING_SIDES, turned
from crackscope.imaging.arrays import BoolMask

Floats = NDArray[np.float32]

LONGEST_PX = 256
NEIGHBOURHOOD_PX = 21
LARGEST_DARKNESS = 4.0
LEAST_FIT = 0.1
"""A correlation below this shows nothing: on real pictures whose masks are right, no wrong orientation that
beat the right one was above it."""
LEAST_GAIN = 0.05


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a mask fits its picture.

    Parameters
    ----------
    own : float, optional
        Correlation of the mask as it lies with the local darkness, −1…1; None where its shape does not fit.
    best_turn : Turn, optional
        The orientation that fits best among the others; None where there is nothing to compare.
    best : float
        Its correlation.
    """

    own: float | None
    best_turn: Turn | None
    best: float

    @property
    def wrong(self) -> bool:
        """Whether the other orientation fits so much better that the mask must lie turned."""
        return (
            self.best_turn is not None
            and self.best >= LEAST_FIT
            and (self.own is None or self.best - self.own >= LEAST_GAIN)
        )


def fit_orientation(grey: NDArray[np.uint8], mask: BoolMask) -> Fit:
    """Compare the orientations in which a mask can lie on its picture.

    Parameters
    ----------
    grey : uint8 array, shape (H, W)
    mask : bool array, shape (H, W) or (W, H)

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If the shapes fit in no orientation.
    """
    height, width = grey.shape
    same, swapped = mask.shape == grey.shape, mask.shape == (width, height)
    if not same and not swapped:
        raise ValueError(f"a mask of {mask.shape} fits a picture of {grey.shape} in no orientation")
    if not mask.any() or mask.all():
        return Fit(0.0 if same else None, None, 0.0)
    factor = min(1.0, LONGEST_PX / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    darkness = local_darkness(_shrunk(grey, size))
    drawn = _shrunk(mask.astype(np.uint8) * 255, size if same else size[::-1])
    drawn = np.asarray(cv2.blur(drawn, (3, 3)), np.float32)
    drawn -= drawn.mean()
    darkness -= darkness.mean()
    scale = float(np.linalg.norm(drawn) * np.linalg.norm(darkness)) or 1.0
    own = _product(darkness, drawn, scale) if same else None
    turns = (*(KEEPING_SHAPE if same else ()), *(SWAPPING_SIDES if swapped else ()))
    fits = {turn: _product(darkness, turned(drawn, turn), scale) for turn in turns}
    best_turn = max(fits, key=lambda turn: fits[turn])
    return Fit(own, best_turn, fits[best_turn])


def local_darkness(grey: NDArray[Any]) -> Floats:
    """Map how much darker each pixel is than its neighbourhood, in units of the contrast there.

    Parameters
    ----------
    grey : array, shape (H, W)

    Returns
    -------
    float32 array, shape (H, W)
        0 where it is as bright or brighter, at most `LARGEST_DARKNESS`.
    """
    values = np.asarray(grey, np.float32)
    side = NEIGHBOURHOOD_PX
    darker = cv2.blur(values, (side, side)) - values
    power = np.asarray(cv2.blur(darker * darker, (2 * side + 1, 2 * side + 1)))
    contrast = np.sqrt(np.maximum(power, 0.0))  # the running sums of blur can end a little below 0
    relative = np.clip(darker / (contrast + 2.0), 0.0, LARGEST_DARKNESS)
    return np.asarray(cv2.blur(relative, (3, 3)), np.float32)


def _shrunk(values: NDArray[np.uint8], size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _product(first: Floats, second: Floats, scale: float) -> float:
    return float(np.vdot(first, second)) / scale
