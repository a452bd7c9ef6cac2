"""Frames and words painted onto clear ground, to be laid over a photo."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from crackscope.evaluation.comparison.judge import View
from crackscope.imaging.box import Box
from crackscope.imaging.overlay import LABEL_FONT, Colour

# Okabe and Ito (2008), "Color universal design": told apart with any colour vision.
FOUND: Colour = (0, 158, 255)
MISSED: Colour = (240, 228, 66)
WRONG: Colour = (213, 94, 0)
ALPHA = 235
_TEXT_SCALE, _TEXT_PX, _PAD_PX = 0.55, 1, 4
_FRAME_PX = 6


def css(colour: Colour) -> str:
    """Write a colour as CSS does."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def clear(height: int, width: int) -> View:
    """Make clear ground, uint8 (height, width, 4)."""
    return np.zeros((height, width, 4), np.uint8)


def draw_frame(view: View, colour: Colour) -> None:
    """Draw a frame along the rim of a view."""
    for rim in (view[:_FRAME_PX], view[-_FRAME_PX:], view[:, :_FRAME_PX], view[:, -_FRAME_PX:]):
        rim[:] = (*colour, 255)


def write_words(
    view: View, words: str, *, row: int, column: int, colour: Colour, taken: Sequence[Box] = ()
) -> Box:
    """Write words on a plate of a colour, as near to a place as the view and other plates allow.

    Parameters
    ----------
    view : uint8 array, shape (H, W, 4)
        Painted on.
    words : str
        ASCII; the font has no other characters.
    row, column : int
        Of the plate's upper left corner, in px.
    colour : Colour
    taken : sequence of Box
        Other plates; this one goes below them, as long as there is room.

    Returns
    -------
    Box
        The plate.
    """
    height, width = view.shape[:2]
    (wide, high), below = cv2.getTextSize(words, LABEL_FONT, _TEXT_SCALE, _TEXT_PX)
    plate_height, plate_width = high + below + 2 * _PAD_PX, wide + 2 * _PAD_PX
    left = max(0, min(column, width - plate_width))
    top = lowest = max(0, height - plate_height)
    for top in range(max(0, min(row, lowest)), lowest + 1):
        plate = Box(top, left, plate_height, plate_width)
        if not any(_overlap(plate, each) for each in taken):
            break
    cv2.rectangle(view, (left, top), (left + plate_width, top + plate_height), (*colour, 255), -1)
    ink = (0, 0, 0, 255) if _is_light(colour) else (255, 255, 255, 255)
    origin = (left + _PAD_PX, top + _PAD_PX + high)
    cv2.putText(view, words, origin, LABEL_FONT, _TEXT_SCALE, ink, _TEXT_PX, cv2.LINE_AA)
    return Box(top, left, plate_height, plate_width)


def _overlap(one: Box, other: Box) -> bool:
    across = one.column < other.column + other.width and other.column < one.column + one.width
    return across and one.row < other.row + other.height and other.row < one.row + one.height


def _is_light(colour: Colour) -> bool:
    """By luma, as Rec. ITU-R BT.601 weighs the channels."""
    return sum(channel * weight for channel, weight in zip(colour, (0.299, 0.587, 0.114), strict=True)) >= 140
