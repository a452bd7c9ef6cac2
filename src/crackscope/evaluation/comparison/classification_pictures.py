"""Small pictures of a classification: the photo in a frame that says whether the answer is right."""

from __future__ import annotations

from crackscope.datasets.sample import Sample
from crackscope.evaluation.classification.judging import JudgedView
from crackscope.evaluation.comparison.judge import View
from crackscope.evaluation.comparison.picture_marks import (
    ALPHA,
    FOUND,
    MISSED,
    WRONG,
    clear,
    css,
    draw_frame,
    write_words,
)
from crackscope.evaluation.comparison.picture_size import PictureSize
from crackscope.evaluation.samples import read_sample
from crackscope.imaging.arrays import RgbPixels

VIEWS = ("answer",)
LEGEND = (
    (css(FOUND), "right"),
    (css(MISSED), "cracked, called crack-free"),
    (css(WRONG), "crack-free, called cracked"),
)
_PLAIN = (60, 64, 70)
_INSET_PX = 7


def draw_truth(sample: Sample) -> tuple[RgbPixels, View]:
    """Draw a sample's photo, uint8 (H, W, 3), and its class with its mask, if any, uint8 (H, W, 4).

    Raises
    ------
    PhotoError, DatasetError
        If it cannot be read.
    """
    pixels, truth = read_sample(sample)
    size = PictureSize.of(*truth.shape)
    view = clear(*size.shown)
    view[size.mask(truth)] = (*FOUND, ALPHA)
    cracked = sample.unmasked_crack or bool(truth.any())
    write_words(
        view,
        "cracked" if cracked else "crack-free",
        row=_INSET_PX,
        column=_INSET_PX,
        colour=_PLAIN,
    )
    return size.photo(pixels), view


def draw_answer(judged: JudgedView, size: PictureSize, *, threshold: float) -> tuple[View]:
    """Draw an answer in the views `VIEWS`, of the size that `draw_truth` gives the photo.

    Parameters
    ----------
    judged : JudgedView
    size : PictureSize
        Of its photo.
    threshold : float

    Returns
    -------
    answer : uint8 array, shape (H, W, 4)
        A frame to be laid over the photo, and a word, for who cannot tell its colours apart.
    """
    called = judged.probability >= threshold
    if called == judged.cracked:
        words, colour = "right", FOUND
    else:
        words, colour = ("missed", MISSED) if judged.cracked else ("false alarm", WRONG)
    view = clear(*size.shown)
    draw_frame(view, colour)
    write_words(view, words, row=_INSET_PX, column=_INSET_PX, colour=colour)
    return (view,)
