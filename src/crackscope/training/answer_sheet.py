"""A sheet of pictures with what a classifier answered written under each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.encode import thumbnail
from crackscope.imaging.photo import printable

TILE_PX = 224
COLUMNS = 5
_TEXT_PX = 14
_LINE_PX = _TEXT_PX + 4
_LINES = 3
_GAP_PX = 12
_PAPER, _INK, _MUTED = (250, 250, 248), (24, 27, 32), (110, 112, 116)
_RIGHT, _MISSED, _ALARM = (40, 120, 70), (176, 42, 48), (30, 90, 170)

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One picture or patch, and what was said of it.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
    cracked : bool
        The truth.
    probability : float
    wrong : bool
        Whether the probability is on the other side of the threshold.
    name : str
        Of the picture.
    place : str
        Of a patch in it.
    """

    pixels: RgbPixels
    cracked: bool
    probability: float
    wrong: bool
    name: str
    place: str = ""


def draw_answers(answers: Sequence[Answer]) -> RgbPixels:
    """Draw answers side by side, row by row.

    Parameters
    ----------
    answers : sequence of Answer
        At least one.

    Returns
    -------
    uint8 array, shape (H, W, 3)
    """
    columns = min(COLUMNS, len(answers))
    rows = -(-len(answers) // columns)
    high, wide = TILE_PX + _LINES * _LINE_PX + _GAP_PX, TILE_PX + _GAP_PX
    sheet = Image.new("RGB", (columns * wide + _GAP_PX, rows * high + _GAP_PX), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_TEXT_PX)
    for number, answer in enumerate(answers):
        top, left = _GAP_PX + number // columns * high, _GAP_PX + number % columns * wide
        tile = Image.fromarray(_fitted(answer.pixels))
        sheet.paste(tile, (left + (TILE_PX - tile.width) // 2, top + (TILE_PX - tile.height) // 2))
        said, colour = _said(answer)
        lines = (
            (f"{said}   p = {answer.probability:.3f}", colour),
            (_shortened(printable(answer.name), draw, font), _INK),
            (answer.place, _MUTED),
        )
        for line, (text, ink) in enumerate(lines):
            draw.text((left, top + TILE_PX + 4 + line * _LINE_PX), text, fill=ink, font=font)
    return np.asarray(sheet, np.uint8)


def _fitted(pixels: RgbPixels) -> RgbPixels:
    """Shrink or enlarge a picture to a tile's size."""
    height, width = pixels.shape[:2]
    factor = TILE_PX / max(height, width)
    if factor <= 1:
        return thumbnail(np.ascontiguousarray(pixels), TILE_PX)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _said(answer: Answer) -> tuple[str, tuple[int, int, int]]:
    if not answer.wrong:
        return "cracked" if answer.cracked else "crack-free", _RIGHT
    return ("cracked, missed", _MISSED) if answer.cracked else ("crack-free, alarm", _ALARM)


def _shortened(name: str, draw: ImageDraw.ImageDraw, font: _Font) -> str:
    """Fit a name into a tile's width; the end of a path tells more than its beginning."""
    while draw.textlength(name, font=font) > TILE_PX:
        name = "…" + name[2:]
    return name
