"""Small pictures of cracks found one by one: each in a colour of its own, with its box and score."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import cv2
import numpy as np

from crackscope.datasets.instances import SingleCrack, single_cracks
from crackscope.datasets.sample import Sample
from crackscope.engine.found_instance import FoundInstance
from crackscope.engine.pasting import Corners
from crackscope.evaluation.comparison.judge import View
from crackscope.evaluation.comparison.picture_marks import ALPHA, clear, css, write_words
from crackscope.evaluation.comparison.picture_size import PictureSize
from crackscope.evaluation.samples import read_sample
from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.imaging.box import Box
from crackscope.imaging.overlay import COLOURS, Colour

VIEWS = ("cracks",)
LEGEND = ((css(COLOURS[0]), "a crack and its box; a found one has the colour of the true one it lies on"),)
_PLATE_PX = 24
"""How far above a box its score is written."""


def draw_truth(sample: Sample) -> tuple[RgbPixels, View]:
    """Draw a sample's photo, uint8 (H, W, 3), and its cracks, one by one, uint8 (H, W, 4).

    Raises
    ------
    PhotoError, DatasetError
        If it cannot be read.
    """
    pixels, truth = read_sample(sample)
    size = PictureSize.of(*truth.shape)
    view = clear(*size.shown)
    for number, crack in enumerate(single_cracks(truth)):
        colour = COLOURS[number % len(COLOURS)]
        _paint(view, size.mask(crack.mask.decode()), colour)
        _draw_box(view, size, _corners(crack), colour)
    return size.photo(pixels), view


def draw_answer(
    found: Sequence[FoundInstance], true: Sequence[SingleCrack], size: PictureSize
) -> tuple[View]:
    """Draw an answer in the views `VIEWS`, of the size that `draw_truth` gives the photo.

    Parameters
    ----------
    found : sequence of FoundInstance
        What is shown, surest first; the surest lies on top.
    true : sequence of SingleCrack
        Of the photo.
    size : PictureSize
        Of the photo.

    Returns
    -------
    cracks : uint8 array, shape (H, W, 4)
        To be laid over the photo.
    """
    view = clear(*size.shown)
    masks = [size.mask(each.mask.decode()) for each in found]
    numbers = colour_numbers(masks, [size.mask(each.mask.decode()) for each in true])
    colours = [COLOURS[number % len(COLOURS)] for number in numbers]
    for mask, colour in reversed(list(zip(masks, colours, strict=True))):
        _paint(view, mask, colour)
    for each, colour in zip(found, colours, strict=True):
        _draw_box(view, size, each.corners_px, colour)
    plates: list[Box] = []
    for each, colour in zip(found, colours, strict=True):
        row, column = size.at(each.corners_px[1], each.corners_px[0])
        words = f"{each.score:.2f}"
        plates.append(
            write_words(view, words, row=row - _PLATE_PX, column=column, colour=colour, taken=plates)
        )
    return (view,)


def colour_numbers(found: Sequence[BoolMask], true: Sequence[BoolMask]) -> list[int]:
    """Number found cracks so that each has the number of the true one it lies on.

    Parameters
    ----------
    found, true : sequences of bool arrays, shape (H, W)
        The found ones surest first.

    Returns
    -------
    list of int
        Of each found crack, all different: the place in `true` of that with which it shares most pixels, or,
        where it shares none or a surer one has that number, one beyond the true ones.
    """
    beyond = count(len(true))
    numbers: list[int] = []
    for mask in found:
        shared = [int(np.count_nonzero(mask & each)) for each in true]
        best = int(np.argmax(shared)) if any(shared) else None
        numbers.append(next(beyond) if best is None or best in numbers else best)
    return numbers


def _corners(crack: SingleCrack) -> Corners:
    box = crack.box
    return (box.column, box.row, box.column + box.width, box.row + box.height)


def _paint(view: View, mask: BoolMask, colour: Colour) -> None:
    view[mask] = (*colour, ALPHA)


def _draw_box(view: View, size: PictureSize, corners: Corners, colour: Colour) -> None:
    x0, y0, x1, y1 = corners
    (top, left), (bottom, right) = size.at(y0, x0), size.at(y1, x1)
    cv2.rectangle(view, (left, top), (right, bottom), (*colour, 255), 1)
