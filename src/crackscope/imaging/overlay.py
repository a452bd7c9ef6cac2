"""Cracks drawn onto their photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask

Colour: TypeAlias = tuple[int, int, int]
RimColours: TypeAlias = Callable[[NDArray[np.intp], NDArray[np.intp]], NDArray[np.uint8]]
"""Gives the colours, shape (N, 3), of the line around a crack at rows and columns, shape (N,)."""

# Okabe and Ito (2008), "Color universal design": told apart with any colour vision; black and grey-green left
# out.
COLOURS: tuple[Colour, ...] = (
    (213, 94, 0),
    (0, 158, 255),
    (240, 228, 66),
    (204, 121, 167),
    (86, 233, 180),
    (230, 159, 0),
)
BAND_PIXELS = 1 << 22
LABEL_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_overlay(
    pixels: RgbPixels,
    masks: Sequence[RunLengthMask],
    *,
    colours: Sequence[Colour] | None = None,
    labels: Sequence[str] | None = None,
    opacity: float = 0.45,
    rims: Sequence[RimColours | None] | None = None,
    rim_px: int | None = None,
) -> RgbPixels:
    """Tint each crack, draw a line around it, and write its label beside it.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
        Left as it is.
    masks : sequence of RunLengthMask
        Of the photo's size.
    colours : sequence of (red, green, blue), optional
        Used in turn; `COLOURS` if not given.
    labels : sequence of str, optional
        One for each mask; an empty one is not written.
    opacity : float
        Of the tint, 0…1.
    rims : sequence of functions or None, optional
        One for each mask: the colours of the line around it, where they are not those of the tint.
    rim_px : int, optional
        Width of that line; by the photo's size if not given.

    Returns
    -------
    uint8 array, shape (H, W, 3)
        A copy, drawn upon; needs no more memory than that and the largest mask's box.

    Raises
    ------
    ValueError
        If a mask is not of the photo's size, or labels or rims and masks differ in number.

    Examples
    --------
    >>> photo = np.zeros((8, 8, 3), np.uint8)
    >>> mask = RunLengthMask.from_pixels([3, 4], [3, 3], height=8, width=8)
    >>> draw_overlay(photo, [mask], colours=[(200, 0, 0)], opacity=0.5)[3, 3].tolist()
    [100, 0, 0]
    """
    height, width = pixels.shape[:2]
    for mask in masks:
        if (mask.height, mask.width) != (height, width):
            raise ValueError(f"a mask of {mask.height}×{mask.width} px on a photo of {height}×{width} px")
    if labels is not None and len(labels) != len(masks):
        raise ValueError(f"{len(labels)} labels for {len(masks)} masks")
    if rims is not None and len(rims) != len(masks):
        raise ValueError(f"{len(rims)} rims for {len(masks)} masks")
    drawn = pixels.copy()
    palette = colours or COLOURS
    line_px = rim_px or 1 + max(height, width) // 2500
    for number, mask in enumerate(masks):
        box = mask.bounding_box()
        if box is not None:
            colour, rim = palette[number % len(palette)], rims[number] if rims else None
            _draw_crack(drawn, mask, box, colour, opacity=opacity, line_px=line_px, rim_colours=rim)
    for number, mask in enumerate(masks):
        box = mask.bounding_box() if labels and labels[number] else None
        if labels and box is not None:
            _write(drawn, labels[number], box, palette[number % len(palette)])
    return drawn


def _draw_crack(
    drawn: RgbPixels,
    mask: RunLengthMask,
    box: Box,
    colour: Colour,
    *,
    opacity: float,
    line_px: int,
    rim_colours: RimColours | None,
) -> None:
    """Tint the pixels of a mask and draw the line just outside them, in bands of rows."""
    height, width = drawn.shape[:2]
    left, right = max(box.column - line_px, 0), min(box.column + box.width + line_px, width)
    rows = max(64, BAND_PIXELS // (right - left))
    tint = np.array(colour, np.float32) * np.float32(opacity)
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * line_px + 1, 2 * line_px + 1))
    first, last = max(box.row - line_px, 0), min(box.row + box.height + line_px, height)
    for top in range(first, last, rows):
        bottom = min(top + rows, last)
        above, below = max(top - line_px, 0), min(bottom + line_px, height)
        seen = mask.decode_box(Box(above, left, below - above, right - left))
        grown = cv2.dilate(seen.view(np.uint8), around).view(np.bool_)
        own = slice(top - above, bottom - above)
        inside: BoolMask = seen[own]
        rim: BoolMask = grown[own] & ~inside
        part: NDArray[np.uint8] = drawn[top:bottom, left:right]
        part[inside] = np.rint(part[inside] * np.float32(1 - opacity) + tint)
        if rim_colours is None:
            part[rim] = colour
        else:
            at_rows, at_columns = np.nonzero(rim)
            part[at_rows, at_columns] = rim_colours(at_rows + top, at_columns + left)


def _write(drawn: RgbPixels, text: str, box: Box, colour: Colour) -> None:
    """Write a label above the box, or below or inside where there is no room, on a plate of its colour."""
    height, width = drawn.shape[:2]
    scale = max(0.45, max(height, width) / 2200)
    thickness = max(1, round(1.6 * scale))
    shown = text.encode("ascii", "replace").decode("ascii")  # the font has no other characters
    (wide, high), below = cv2.getTextSize(shown, LABEL_FONT, scale, thickness)
    pad = max(2, round(4 * scale))
    plate_height, plate_width = high + below + 2 * pad, wide + 2 * pad
    row = box.row - plate_height - pad
    if row < 0:
        row = box.row + box.height + pad
    row = max(0, min(row, height - plate_height))
    column = max(0, min(box.column, width - plate_width))
    dark = sum(channel * weight for channel, weight in zip(colour, (0.299, 0.587, 0.114), strict=True)) < 140
    corner = (column + plate_width, row + plate_height)
    cv2.rectangle(drawn, (column, row), corner, colour, -1)
    ink = (255, 255, 255) if dark else (0, 0, 0)
    origin = (column + pad, row + pad + high)
    cv2.putText(drawn, shown, origin, LABEL_FONT, scale, ink, thickness, cv2.LINE_AA)
