"""Writes the number and the size of each crack beside it, where there is room, or a badge into the corner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.overlay import Colour

Polyline: TypeAlias = Sequence[tuple[float, float]]
Place: TypeAlias = tuple[int, int, int, int]
"""Top, left, height, width."""

MOST_LABELS = 150
"""More would hide the picture; the cracks after these, the shortest, go without."""
MOST_SIZES = 30
"""Labels that tell the size beside the number, where there is room."""
WHITE: Colour = (255, 255, 255)
PAPER: Colour = (24, 27, 32)
_CELL_PX = 8
_RINGS = (1.0, 2.2, 3.6)
"""Distances of the labels tried around a crack, in text heights."""
_DIRECTIONS = ((-1, 1), (1, 1), (-1, -1), (1, -1), (-1, 0), (1, 0), (0, 1), (0, -1))
"""(row, column): above right first, as in maps."""
_SHIFT = {-1: 1.0, 0: 0.5, 1: 0.0}
"""Which part of a label lies before its corner, by direction."""


@dataclass(frozen=True, slots=True)
class Label:
    """What to write at a crack.

    Parameters
    ----------
    number, size : str
        ``"1"`` and for example ``"182 mm, max 0.42 mm"``.
    colour : (red, green, blue)
        Of the crack.
    lines : sequence of polylines
        The crack's centreline in the picture, (row, column) in px.
    at : (row, column)
        Where the label belongs if there is no centreline.
    """

    number: str
    size: str
    colour: Colour
    lines: Sequence[Polyline]
    at: tuple[float, float]


def draw_labels(
    pixels: RgbPixels, labels: Sequence[Label], *, text_px: int, occupied: Sequence[Place] = ()
) -> None:
    """Write labels into a picture, in place, away from each other and off the cracks where there is room.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
        Changed.
    labels : sequence of Label
        The most important first: it chooses first.
    text_px : int
        Height of the text.
    occupied : sequence of Place
        Where something is written already.
    """
    height, width = pixels.shape[:2]
    taken = _crack_cells(labels, height, width)
    for place in occupied:
        taken[_cells_of(place)] += 4
    for rank, label in enumerate(labels[:MOST_LABELS]):
        anchor = _anchor(label)
        texts = [label.number]
        if rank < MOST_SIZES and label.size:
            texts.insert(0, f"{label.number}  {label.size}")
        place, text = _choose(texts, anchor, taken, (height, width), text_px)
        top, left = place[:2]
        taken[_cells_of(place)] += 4
        _draw_leader(pixels, anchor, place, label.colour, text_px)
        patch = _patch(text, len(label.number), label.colour, text_px)[: height - top, : width - left]
        pixels[top : top + patch.shape[0], left : left + patch.shape[1]] = patch


def draw_badge(pixels: RgbPixels, word: str, detail: str, *, colour: Colour, text_px: int) -> None:
    """Write a word on a colour, and a detail beside it on dark, into a picture's upper left corner, in place.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
        Changed.
    word, detail : str
    colour : (red, green, blue)
    text_px : int
        Height of the text.
    """
    height, width = pixels.shape[:2]
    patch = _patch(f"{word}  {detail}", len(word), colour, text_px)[:height, :width]
    pixels[: patch.shape[0], : patch.shape[1]] = patch


def _crack_cells(labels: Sequence[Label], height: int, width: int) -> NDArray[np.int32]:
    """Mark where the centrelines run, in cells of a few px."""
    cells = np.zeros((height // _CELL_PX + 2, width // _CELL_PX + 2), np.uint8)
    lines = [to_xy(line, 1 / _CELL_PX) for label in labels for line in label.lines if len(line) > 0]
    cv2.polylines(cells, lines, isClosed=False, color=1, thickness=1)
    return cells.astype(np.int32)


def to_xy(line: Polyline, scale: float) -> NDArray[np.int32]:
    """Turn (row, column) points into what OpenCV draws: int32 (N, 1, 2), columns first, scaled."""
    return np.rint(np.array(line, np.float64)[:, ::-1] * scale).astype(np.int32).reshape(-1, 1, 2)


def _anchor(label: Label) -> tuple[float, float]:
    """Return the middle of the crack's longest line."""
    longest = max(label.lines, key=len, default=())
    return longest[len(longest) // 2] if longest else label.at


def _choose(
    texts: Sequence[str],
    anchor: tuple[float, float],
    taken: NDArray[np.int32],
    size: tuple[int, int],
    text_px: int,
) -> tuple[Place, str]:
    """Return the first text that finds a place where it hides nothing, or else the last, and its place."""
    place, text = (0, 0, 1, 1), ""
    for text in texts:
        cost, place = min(_places(_patch_size(text, text_px), anchor, taken, size, text_px))
        if cost < 1.0:
            break
    return place, text


def _places(
    patch: tuple[int, int],
    anchor: tuple[float, float],
    taken: NDArray[np.int32],
    size: tuple[int, int],
    text_px: int,
) -> Iterator[tuple[float, Place]]:
    """Yield places around an anchor with their cost: 1 and more where they hide something, less if far."""
    tall, wide = patch
    height, width = size
    for ring in _RINGS:
        for down, right in _DIRECTIONS:
            top = anchor[0] + down * ring * text_px - _SHIFT[down] * tall
            left = anchor[1] + right * ring * text_px - _SHIFT[right] * wide
            inside = (
                min(max(int(top), 0), max(height - tall, 0)),
                min(max(int(left), 0), max(width - wide, 0)),
            )
            pushed = abs(inside[0] - top) + abs(inside[1] - left)
            place = (*inside, tall, wide)
            too_large = 1.0 if tall > height or wide > width else 0.0
            yield too_large + _hidden(taken, place) + 0.1 * ring + 0.02 * min(pushed / text_px, 10.0), place


def _hidden(taken: NDArray[np.int32], place: Place) -> int:
    return int(taken[_cells_of(place)].sum())


def _cells_of(place: Place) -> tuple[slice, slice]:
    top, left, tall, wide = place
    return (
        slice(top // _CELL_PX, (top + tall) // _CELL_PX + 1),
        slice(left // _CELL_PX, (left + wide) // _CELL_PX + 1),
    )


def _draw_leader(
    pixels: RgbPixels,
    anchor: tuple[float, float],
    place: Place,
    colour: Colour,
    text_px: int,
) -> None:
    """Join the label to its crack with a thin line."""
    top, left, tall, wide = place
    nearest_row = min(max(anchor[0], top), top + tall - 1)
    nearest_column = min(max(anchor[1], left), left + wide - 1)
    start = (round(anchor[1]), round(anchor[0]))
    end = (round(nearest_column), round(nearest_row))
    thickness = max(1, text_px // 9)
    cv2.line(pixels, start, end, PAPER, thickness + 2 * max(1, thickness // 2), cv2.LINE_AA)
    cv2.line(pixels, start, end, colour, thickness, cv2.LINE_AA)


def _patch_size(text: str, text_px: int) -> tuple[int, int]:
    padding = max(2, text_px // 4)
    return text_px + 2 * padding, round(_font(text_px).getlength(text)) + 4 * padding


def _patch(text: str, digits: int, colour: Colour, text_px: int) -> RgbPixels:
    """Draw a label: the number on the crack's colour, the size on dark."""
    tall, wide = _patch_size(text, text_px)
    padding = max(2, text_px // 4)
    font = _font(text_px)
    image = Image.new("RGB", (wide, tall), PAPER)
    draw = ImageDraw.Draw(image)
    number, size = text[:digits], text[digits:].strip()
    number_wide = wide if not size else round(font.getlength(number)) + 3 * padding
    draw.rectangle((0, 0, number_wide - 1, tall), fill=colour)
    bright = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 140
    draw.text((number_wide / 2, tall / 2), number, font=font, fill=PAPER if bright else WHITE, anchor="mm")
    if size:
        draw.text((number_wide + padding, tall / 2), size, font=font, fill=WHITE, anchor="lm")
    return np.asarray(image)


def text_patch(text: str, text_px: int) -> RgbPixels:
    """Write light text on dark: uint8 (H, W, 3), as large as it needs."""
    tall, wide = _patch_size(text, text_px)
    image = Image.new("RGB", (wide, tall), PAPER)
    ImageDraw.Draw(image).text((wide / 2, tall / 2), text, font=_font(text_px), fill=WHITE, anchor="mm")
    return np.asarray(image)


@lru_cache(maxsize=64)
def _font(text_px: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(text_px)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this build of Pillow has no FreeType, which the labels need")
    return font
