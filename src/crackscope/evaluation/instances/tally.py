"""The numbers kept of every picture: they add up, so that any group's figures follow."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, auto, unique

import numpy as np

from crackscope.engine.found_instance import FoundInstance
from crackscope.evaluation.counts import count_pixels
from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.training.instance_matching import PictureMatches


@unique
class Column(IntEnum):
    """What a tally counts, for one picture or summed over many; found is what reaches the threshold."""

    PICTURES = 0
    CRACKED = auto()
    """Pictures with a crack pixel in their truth; the others are crack-free."""

    TRUE = auto()
    """True cracks, one by one."""
    FOUND = auto()
    MATCHED = auto()
    """Found ones that are matched with a true one at an IoU of one half."""

    TP = auto()
    """Pixels of all cracks of a picture together; so are the other two."""
    FP = auto()
    FN = auto()

    CRACKED_WITH_FOUND = auto()
    CRACK_FREE_WITH_FOUND = auto()
    FALSE_ALARMS = auto()
    """Cracks found on crack-free pictures."""


def tally_picture(
    found: Sequence[FoundInstance], matches: PictureMatches, truth: BoolMask, *, threshold: float
) -> FloatArray:
    """Count one picture.

    Parameters
    ----------
    found : sequence of FoundInstance
    matches : PictureMatches
        Of the masks of `found` with the true cracks.
    truth : bool array, shape (H, W)
        All cracks of the picture.
    threshold : float
        Found is what has at least this score.

    Returns
    -------
    float64 array, shape (len(Column),)
    """
    sure = [each for each in found if each.score >= threshold]
    predicted = union(sure, *truth.shape)
    pixels = count_pixels(predicted, truth)
    row = np.zeros(len(Column))
    row[Column.PICTURES] = 1
    row[Column.TRUE] = matches.truths
    row[Column.FOUND] = len(sure)
    # Cracks are matched surest first, so that those below the threshold take nothing from those above.
    row[Column.MATCHED] = np.count_nonzero(matches.matched[0] & (matches.scores >= threshold))
    row[Column.TP], row[Column.FP], row[Column.FN] = pixels.tp, pixels.fp, pixels.fn
    if truth.any():
        row[Column.CRACKED] = 1
        row[Column.CRACKED_WITH_FOUND] = bool(sure)
    else:
        row[Column.CRACK_FREE_WITH_FOUND] = bool(sure)
        row[Column.FALSE_ALARMS] = len(sure)
    return row


def union(found: Sequence[FoundInstance], height: int, width: int) -> BoolMask:
    """Draw all cracks into one mask, bool (height, width)."""
    mask = np.zeros((height, width), np.bool_)
    for each in found:
        box = each.mask.bounding_box()
        if box is not None:
            mask[box.slices] |= each.mask.decode_box(box)
    return mask
