"""Marks in a picture: where a crack is widest, and how long a millimetre is."""

from __future__ import annotations

import math

import cv2

from crackscope.imaging.arrays import RgbPixels
from crackscope.reports.overlay_labels import PAPER, WHITE, text_patch

LONGEST_BAR_SHARE = 0.2
"""Of the picture's width."""
_ROUND = (5, 2, 1)
_SUB_PX_BITS = 4
_METRE_MM = 1000.0


def mark_place(pixels: RgbPixels, at: tuple[float, float], *, radius_px: float) -> None:
    """Draw a white ring with a dark edge around a place, in place.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
        Changed.
    at : (row, column)
        In px of the picture.
    radius_px : float
    """
    line = max(2, round(radius_px / 5))
    unit = 1 << _SUB_PX_BITS
    centre = (round(at[1] * unit), round(at[0] * unit))
    for colour, width in ((PAPER, 2 * line), (WHITE, line)):
        cv2.circle(pixels, centre, round(radius_px * unit), colour, width, cv2.LINE_AA, _SUB_PX_BITS)


def bar_length_mm(width_px: int, mm_per_px: float) -> float:
    """Choose a round length that is at most a fifth of a picture's width.

    Examples
    --------
    >>> bar_length_mm(1000, 0.3), bar_length_mm(1000, 0.011), bar_length_mm(1000, 12.0)
    (50.0, 2.0, 2000.0)
    """
    most = LONGEST_BAR_SHARE * width_px * mm_per_px
    decade = 10.0 ** math.floor(math.log10(most))
    return next(step * decade for step in _ROUND if step * decade <= most)


def draw_scale_bar(pixels: RgbPixels, *, mm_per_px: float, text_px: int) -> None:
    """Draw a bar of a round length and write it above, into a picture's lower left corner, in place.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
        Changed.
    mm_per_px : float
        Of this picture.
    text_px : int
        Height of the text.
    """
    height, width = pixels.shape[:2]
    length_mm = bar_length_mm(width, mm_per_px)
    text = f"{length_mm / _METRE_MM:g} m" if length_mm >= _METRE_MM else f"{length_mm:g} mm"
    patch = text_patch(text, text_px)
    bar_px, thick, gap = round(length_mm / mm_per_px), max(3, text_px // 4), max(2, text_px // 4)
    tall, wide = patch.shape[0] + thick + 2 * gap, max(bar_px + 4 * gap, patch.shape[1])
    top = max(0, height - tall)
    pixels[top:, :wide] = PAPER
    written = patch[: height - top, : width - gap]
    pixels[top : top + written.shape[0], gap : gap + written.shape[1]] = written[:, : width - gap]
    low = height - 2 * gap
    pixels[max(0, low - thick) : low, 2 * gap : 2 * gap + bar_px] = WHITE
