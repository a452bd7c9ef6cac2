"""Which colour a width has, and the legend that says so."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray, RgbPixels
from crackscope.reports.overlay_labels import PAPER, text_patch

# Lightness rises evenly from violet over blue and green to yellow, as in viridis (Smith and van der Walt,
# 2015, "A better default colormap for matplotlib"), so that the order is seen with any colour vision, and in
# grey. Its darkest colours are left out, for cracks are dark themselves. Points in OKLCh (Ottosson 2020).
ANCHORS: FloatArray = np.array(
    [
        (109, 38, 184),
        (79, 81, 222),
        (0, 124, 220),
        (0, 155, 200),
        (16, 181, 192),
        (8, 207, 178),
        (14, 236, 132),
        (173, 244, 70),
        (255, 244, 101),
    ],
    np.float64,
)
STEPS = (1.0, 2.0, 2.5, 5.0)
MOST_STEPS = 3
FROM_ZERO, ALIKE = 0.5, 0.8
"""The colours begin at 0, unless the smallest width is a share of the largest between these two."""


@dataclass(frozen=True, slots=True)
class WidthColours:
    """Which colour a width has in a photo.

    Parameters
    ----------
    numbers : tuple of float
        Round ones at even distances, that stand at the legend; the first has the darkest colour, the last the
        lightest.
    unit : str
        ``"mm"`` or ``"px"``.
    """

    numbers: tuple[float, ...]
    unit: str

    @classmethod
    def over(cls, least: float, most: float, unit: str) -> WidthColours:
        """Choose two to four round numbers that span the widths of a photo as closely as they can.

        Examples
        --------
        >>> WidthColours.over(0.1, 1.24, "mm").numbers, WidthColours.over(13.0, 19.0, "px").numbers
        ((0.0, 0.5, 1.0, 1.5), (12.5, 15.0, 17.5, 20.0))
        """
        low = least if FROM_ZERO * most < least < ALIKE * most else 0.0
        decade = 10.0 ** math.floor(math.log10(most - low))
        found: list[tuple[float, int, tuple[float, ...]]] = []
        for step in (part * decade * tens for tens in (0.1, 1.0) for part in STEPS):
            first, last = math.floor(low / step + 1e-9), math.ceil(most / step - 1e-9)
            if 1 <= last - first <= MOST_STEPS:
                numbers = tuple(float(f"{each * step:.6g}") for each in range(first, last + 1))
                found.append((round((last - first) * step / decade, 6), first - last, numbers))
        return cls(min(found)[2], unit)

    def of(self, widths: FloatArray) -> NDArray[np.uint8]:
        """Give the colours of widths: uint8, shape (N, 3)."""
        share = (widths - self.numbers[0]) / (self.numbers[-1] - self.numbers[0])
        at = np.clip(share, 0.0, 1.0) * (len(ANCHORS) - 1)
        channels = [np.interp(at, np.arange(len(ANCHORS)), channel) for channel in ANCHORS.T]
        shown: NDArray[np.uint8] = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
        return shown


def legend(colours: WidthColours, *, text_px: int) -> RgbPixels:
    """Draw a bar of all colours with the numbers below and what they are above.

    Returns
    -------
    uint8 array, shape (H, W, 3)
    """
    title = text_patch(f"width, {colours.unit}", text_px)
    numbers = [text_patch(f"{number:g}", text_px) for number in colours.numbers]
    gap = max(2, text_px // 4)
    first, last = numbers[0].shape[1], numbers[-1].shape[1]
    long = max(8 * text_px, sum(number.shape[1] for number in numbers) + len(numbers) * gap)
    thick = max(4, round(0.6 * text_px))
    left = max(2 * gap, first // 2)
    wide = left + long + max(2 * gap, last // 2)
    patch = np.full((title.shape[0] + thick + numbers[0].shape[0], wide, 3), PAPER, np.uint8)
    patch[: title.shape[0], : title.shape[1]] = title
    bar = colours.of(np.linspace(colours.numbers[0], colours.numbers[-1], long))
    patch[title.shape[0] : title.shape[0] + thick, left : left + long] = bar
    for place, number in zip(np.linspace(0, long - 1, len(numbers)), numbers, strict=True):
        start = min(max(round(left + place - number.shape[1] / 2), 0), wide - number.shape[1])
        patch[-number.shape[0] :, start : start + number.shape[1]] = number
    return patch
