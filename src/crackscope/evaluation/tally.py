"""The numbers kept of every picture: they add up, so that any group's figures follow."""

from __future__ import annotations

from enum import IntEnum, auto, unique

import numpy as np

from crackscope.engine.model_card import CrackFilter
from crackscope.evaluation.centreline_iou import count_centreline
from crackscope.evaluation.counts import count_pixels
from crackscope.evaluation.reported import KEEP_ALL, reported_mask, reported_regions
from crackscope.evaluation.tolerance import count_matches
from crackscope.imaging.arrays import BoolMask, FloatArray, ProbabilityMap

TOLERANCE_PX = 2.0


@unique
class Column(IntEnum):
    """What a tally counts, for one picture or summed over many."""

    PICTURES = 0
    CRACKED = auto()
    """Pictures with a crack pixel in their truth; the others are crack-free."""

    TP = auto()
    FP = auto()
    FN = auto()
    TN = auto()

    NEAR_PREDICTED = auto()
    """Predicted pixels within `TOLERANCE_PX` of truth."""
    NEAR_TRUTH = auto()
    """True pixels within `TOLERANCE_PX` of the prediction."""

    LINE_PREDICTED = auto()
    LINE_PREDICTED_MATCHED = auto()
    LINE_TRUTH = auto()
    LINE_TRUTH_MATCHED = auto()

    REPORTED_TP = auto()
    REPORTED_FP = auto()
    REPORTED_FN = auto()

    IOU_SUM = auto()
    """Over cracked pictures; so are the other three."""
    PRECISION_SUM = auto()
    RECALL_SUM = auto()
    F1_SUM = auto()

    CRACKED_WITH_REPORT = auto()
    CRACK_FREE_WITH_REPORT = auto()
    FALSE_ALARMS = auto()
    """Cracks reported on crack-free pictures."""


def tally_picture(
    probability: ProbabilityMap,
    truth: BoolMask,
    *,
    threshold: float,
    crack_filter: CrackFilter = KEEP_ALL,
) -> FloatArray:
    """Judge one picture.

    Parameters
    ----------
    probability : float32 array, shape (H, W)
    truth : bool array, shape (H, W)
    threshold : float
        Crack where the probability is at least this.
    crack_filter : CrackFilter
        Which connected pixels are reported as a crack; by default all.

    Returns
    -------
    float64 array, shape (len(Column),)
    """
    predicted = np.asarray(probability >= threshold)
    regions = reported_regions(probability, threshold=threshold, crack_filter=crack_filter)
    row = np.zeros(len(Column))
    row[Column.PICTURES] = 1
    _add_pixels(row, predicted, truth)
    _add_reported(row, reported_mask(regions, *truth.shape), truth)
    near = count_matches(predicted, truth, tolerance_px=TOLERANCE_PX)
    row[Column.NEAR_PREDICTED], row[Column.NEAR_TRUTH] = near.predicted_matched, near.truth_matched
    line = count_centreline(predicted, truth)
    row[Column.LINE_PREDICTED], row[Column.LINE_PREDICTED_MATCHED] = line.predicted, line.predicted_matched
    row[Column.LINE_TRUTH], row[Column.LINE_TRUTH_MATCHED] = line.truth, line.truth_matched
    if truth.any():
        row[Column.CRACKED] = 1
        row[Column.CRACKED_WITH_REPORT] = bool(regions)
    else:
        row[Column.CRACK_FREE_WITH_REPORT] = bool(regions)
        row[Column.FALSE_ALARMS] = len(regions)
    return row


def _add_pixels(row: FloatArray, predicted: BoolMask, truth: BoolMask) -> None:
    counts = count_pixels(predicted, truth)
    row[[Column.TP, Column.FP, Column.FN, Column.TN]] = counts.tp, counts.fp, counts.fn, counts.tn
    if counts.tp + counts.fn:
        row[Column.IOU_SUM] = counts.tp / (counts.tp + counts.fp + counts.fn)
        # Nothing predicted on a cracked picture has no precision; it counts as 0, so that silence gains
        # nothing.
        row[Column.PRECISION_SUM] = counts.tp / max(1, counts.tp + counts.fp)
        row[Column.RECALL_SUM] = counts.tp / (counts.tp + counts.fn)
        row[Column.F1_SUM] = 2 * counts.tp / (2 * counts.tp + counts.fp + counts.fn)


def _add_reported(row: FloatArray, reported: BoolMask, truth: BoolMask) -> None:
    counts = count_pixels(reported, truth)
    row[[Column.REPORTED_TP, Column.REPORTED_FP, Column.REPORTED_FN]] = counts.tp, counts.fp, counts.fn
