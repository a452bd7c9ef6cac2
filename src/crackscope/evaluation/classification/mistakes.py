"""The worst mistakes of a classifier, to look at: most are answered by the picture, or by its label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from crackscope.errors import DatasetError
from crackscope.evaluation.classification.evaluation import Mistake
from crackscope.evaluation.classification.judging import JudgedView
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.encode import thumbnail, write_jpeg
from crackscope.imaging.photo import Photo, printable

MOST_MISTAKES = 40
TILE_PX = 224
COLUMNS = 5
_TEXT_PX = 14
_LINES = 3
_GAP_PX = 12
_PAPER, _INK, _MUTED = (250, 250, 248), (24, 27, 32), (110, 112, 116)
_MISSED, _ALARM = (176, 42, 48), (30, 90, 170)


def worst_mistakes(judged: Iterable[JudgedView], *, threshold: float) -> tuple[Mistake, ...]:
    """Choose the wrong answers that were given with most confidence.

    Parameters
    ----------
    judged : iterable of JudgedView
    threshold : float
        Cracked where the probability is at least this.

    Returns
    -------
    tuple of Mistake
        At most `MOST_MISTAKES`, the most confident first.
    """
    wrong = [view for view in judged if (view.probability >= threshold) != view.cracked]
    wrong.sort(key=lambda view: (view.probability if view.cracked else 1 - view.probability, view.name))
    return tuple(
        Mistake(view.name, view.sample.image, view.box, view.cracked, view.probability)
        for view in wrong[:MOST_MISTAKES]
    )


def write_mistakes(path: Path, mistakes: Sequence[Mistake]) -> None:
    """Draw mistakes side by side, each with truth, probability and name, as one JPEG.

    Parameters
    ----------
    path : Path
        Written whole or not at all.
    mistakes : sequence of Mistake

    Raises
    ------
    DatasetError
        If there is no mistake to draw.
    PhotoError
        If a picture can no longer be read.
    CrackscopeError
        If the file cannot be written.
    """
    if not mistakes:
        raise DatasetError(f"{path}: not written, for there is no mistake to show.")
    columns = min(COLUMNS, len(mistakes))
    rows = -(-len(mistakes) // columns)
    cell = (TILE_PX + _LINES * (_TEXT_PX + 4) + _GAP_PX, TILE_PX + _GAP_PX)
    sheet = Image.new("RGB", (columns * cell[1] + _GAP_PX, rows * cell[0] + _GAP_PX), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_TEXT_PX)
    for number, mistake in enumerate(mistakes):
        top = _GAP_PX + number // columns * cell[0]
        left = _GAP_PX + number % columns * cell[1]
        tile = Image.fromarray(_tile(mistake))
        sheet.paste(tile, (left + (TILE_PX - tile.width) // 2, top + (TILE_PX - tile.height) // 2))
        truth, colour = ("cracked, missed", _MISSED) if mistake.cracked else ("crack-free, alarm", _ALARM)
        lines = [(f"{truth}   p = {mistake.probability:.3f}", colour), *_named(mistake.name, draw, font)]
        for line, (text, ink) in enumerate(lines):
            draw.text((left, top + TILE_PX + 4 + line * (_TEXT_PX + 4)), text, fill=ink, font=font)
    write_jpeg(path, np.asarray(sheet, np.uint8))


def _tile(mistake: Mistake) -> RgbPixels:
    pixels = Photo.open(mistake.image).pixels
    if mistake.box is not None:
        pixels = pixels[mistake.box.slices]
    return thumbnail(np.ascontiguousarray(pixels), TILE_PX)


def _named(
    name: str, draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> list[tuple[str, tuple[int, int, int]]]:
    """Write a picture's name, and a patch's place in it, each in one line of a tile's width."""
    picture, at, place = printable(name).partition(" at ")
    while draw.textlength(picture, font=font) > TILE_PX:
        picture = "…" + picture[2:]  # the end of a path tells more than its beginning
    return [(picture, _INK), *([(place, _MUTED)] if at else [])]
