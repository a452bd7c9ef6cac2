"""Marks in a picture: where a crack is widest, and how long a millimetre is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from crackscope.imaging.arrays import RgbPixels
from crackscope.reports.figures import METRE_MM
from crackscope.reports.overlay_labels import PAPER, WHITE, Place, Polyline, text_patch, to_xy

LONGEST_BAR_SHARE = 0.2
"""Of the picture's width."""
_ROUND = (5, 2, 1)
_SUB_PX_BITS = 4


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


def scale_bar(width_px: int, *, mm_per_px: float, text_px: int) -> RgbPixels:
    """Draw a bar of a round length, with the length above.

    Parameters
    ----------
    width_px : int
        Of the picture that the bar is for.
    mm_per_px : float
        Of this picture.
    text_px : int
        Height of the text.

    Returns
    -------
    uint8 array, shape (H, W, 3)
    """
    length_mm = bar_length_mm(width_px, mm_per_px)
    text = f"{length_mm / METRE_MM:g} m" if length_mm >= METRE_MM else f"{length_mm:g} mm"
    bar_px, thick, gap = round(length_mm / mm_per_px), max(3, text_px // 4), max(2, text_px // 4)
    written = text_patch(text, text_px)
    tall, wide = written.shape[0] + thick + 2 * gap, max(bar_px + 4 * gap, written.shape[1] + gap)
    patch = np.full((tall, wide, 3), PAPER, np.uint8)
    patch[: written.shape[0], gap : gap + written.shape[1]] = written
    patch[-2 * gap - thick : -2 * gap, 2 * gap : 2 * gap + bar_px] = WHITE
    return patch


def put_into_corner(
    pixels: RgbPixels, patches: Sequence[RgbPixels], *, lines: Sequence[Polyline] = ()
) -> Place:
    """Put patches, one above the other, into a corner of a picture, in place.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
        Changed.
    patches : sequence of uint8 arrays
        One at least. What of them does not fit is cut off above and on the right.
    lines : sequence of polylines
        Not to be hidden, (row, column) in px: of the four corners the one is taken that has least of them,
        the lower left if it is as good as any.

    Returns
    -------
    tuple of 4 ints
        Top, left, height and width of what was covered.
    """
    height, width = pixels.shape[:2]
    whole = np.full(
        (sum(len(patch) for patch in patches), max(patch.shape[1] for patch in patches), 3), PAPER, np.uint8
    )
    below = 0
    for patch in patches:
        whole[below : below + len(patch), : patch.shape[1]] = patch
        below += len(patch)
    tall, wide = min(len(whole), height), min(whole.shape[1], width)
    top, left = _freest_corner(lines, (height, width), (tall, wide))
    pixels[top : top + tall, left : left + wide] = whole[-tall:, :wide]
    return top, left, tall, wide


def _freest_corner(
    lines: Sequence[Polyline], size: tuple[int, int], patch: tuple[int, int]
) -> tuple[int, int]:
    (height, width), (tall, wide) = size, patch
    drawn = np.zeros(size, np.uint8)
    around = np.full(2, -(-min(patch) // 8))  # so that nothing touches the line just beside it
    cv2.polylines(drawn, [to_xy(line, 1.0) for line in lines if len(line)], isClosed=False, color=1)
    corners = [(top, left) for top in (height - tall, 0) for left in (0, width - wide)]

    def hidden(corner: tuple[int, int]) -> int:
        low, high = np.maximum(np.array(corner) - around, 0), np.array(corner) + patch + around
        return int(np.count_nonzero(drawn[low[0] : high[0], low[1] : high[1]]))

    return min(corners, key=hidden)
