"""Small pictures of a segmentation: photo, truth, what was found and missed, the probability."""

from __future__ import annotations

import cv2
import numpy as np

from crackscope.datasets.audit.panels import shrunk_mask
from crackscope.datasets.sample import Sample
from crackscope.evaluation.comparison.judge import View
from crackscope.evaluation.comparison.picture_marks import ALPHA, FOUND, MISSED, WRONG, clear, css
from crackscope.evaluation.comparison.picture_size import LONGEST_PX
from crackscope.evaluation.samples import read_sample
from crackscope.imaging.arrays import BoolMask, ProbabilityMap, RgbPixels
from crackscope.imaging.encode import thumbnail
from crackscope.imaging.overlay import Colour

VIEWS = ("overlay", "probability")
LEGEND = (
    (css(FOUND), "crack in both"),
    (css(MISSED), "missed"),
    (css(WRONG), "crack in the prediction alone"),
)


def draw_truth(sample: Sample) -> tuple[RgbPixels, View]:
    """Draw a sample's photo, uint8 (H, W, 3), and its truth to be laid over it, uint8 (H, W, 4).

    Raises
    ------
    PhotoError, DatasetError
        If it cannot be read.
    """
    pixels, truth = read_sample(sample)
    small = thumbnail(pixels, LONGEST_PX)
    return small, _painted([(truth, FOUND)], small.shape[0], small.shape[1])


def draw_answer(truth: BoolMask, probability: ProbabilityMap, *, threshold: float) -> tuple[View, View]:
    """Draw an answer in the views `VIEWS`, of the size that `draw_truth` gives the photo.

    Parameters
    ----------
    truth : bool array, shape (H, W)
    probability : float32 array, shape (H, W)
    threshold : float

    Returns
    -------
    overlay : uint8 array, shape (H', W', 4)
        To be laid over the photo. Where several pixels fall on one, found goes before missed, and missed
        before wrong, so that a hit with a ragged border shows as a hit.
    probability : uint8 array, shape (H', W', 3)
        White is 1.
    """
    predicted = np.asarray(probability >= threshold)
    share = min(1.0, LONGEST_PX / max(probability.shape))
    height, width = (max(1, round(side * share)) for side in probability.shape)
    grey = cv2.resize(probability, (width, height), interpolation=cv2.INTER_AREA)
    levels = np.asarray(np.rint(grey * 255), np.uint8)
    masks = [(predicted & ~truth, WRONG), (truth & ~predicted, MISSED), (truth & predicted, FOUND)]
    return _painted(masks, height, width), np.repeat(levels[..., np.newaxis], 3, axis=2)


def _painted(masks: list[tuple[BoolMask, Colour]], height: int, width: int) -> View:
    """Paint masks, shrunk so that no hairline gets lost, on clear ground, the last on top."""
    painted = clear(height, width)
    for mask, colour in masks:
        painted[shrunk_mask(mask, height, width)] = (*colour, ALPHA)
    return painted
