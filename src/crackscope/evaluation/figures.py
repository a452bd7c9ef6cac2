"""Every figure as a formula over a tally, the same for a picture set and for each bootstrap draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crackscope.evaluation.bootstrap import (
    FEWEST_SOURCES,
    Interval,
    none_seen_bound,
    percentile_interval,
    resample_sums,
)
from crackscope.evaluation.tally import Column
from crackscope.imaging.arrays import FloatArray
from crackscope.training.ranking import ratio

Formula = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class FigureKind:
    """One figure of the protocol.

    Parameters
    ----------
    name : str
        Key in the JSON document.
    title : str
        As shown to people.
    formula : callable
        From tallies of shape (..., len(Column)) to figures of shape (...); nan where undefined.
    photos : callable, optional
        For a share of photos: what counts the photos of a tally.
    """

    name: str
    title: str
    formula: Formula
    photos: Formula | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure.

    Parameters
    ----------
    value : float or None
        None where it is undefined, for example the recall of crack-free pictures.
    interval : Interval or None
        95 % bootstrap interval; None with fewer than two source photos or for an undefined value.
    """

    value: float | None
    interval: Interval | None


def measure_figures(
    by_source: FloatArray, *, seed: int, stream: str, replicates: int
) -> tuple[dict[str, Figure], FloatArray]:
    """Work out every figure of one set, with intervals.

    Parameters
    ----------
    by_source : float64 array, shape (sources, len(Column))
        Tallies summed over the pictures of each source photo.
    seed : int
    stream : str
        The set's name, see `resample_sums`.
    replicates : int

    Returns
    -------
    figures : dict
        By name, in the order of `FIGURES`.
    draws : float64 array, shape (replicates, len(Column))
        The tallies of the bootstrap draws, for figures over several sets.
    """
    draws = resample_sums(by_source, seed=seed, stream=stream, replicates=replicates)
    return summarise(by_source, draws), draws


def summarise(by_source: FloatArray, draws: FloatArray) -> dict[str, Figure]:
    """Work out every figure from tallies by source photo and from those of the bootstrap draws."""
    total = by_source.sum(axis=0)
    return {kind.name: _figure(kind, total, by_source, draws) for kind in FIGURES}


def defined(value: float) -> float | None:
    """Return a plain float, or None for nan."""
    return None if np.isnan(value) else float(value)


def with_interval(value: float, drawn: FloatArray, *, sources: int, photos: int | None = None) -> Figure:
    """Give a figure the interval that its bootstrap draws span.

    Parameters
    ----------
    value : float
        nan where the figure is undefined.
    drawn : float64 array, shape (replicates,)
        What it becomes in every draw.
    sources : int
        Source photos that were drawn from.
    photos : int, optional
        For a share of photos: how many speak for it. No draw moves a share away from 0 or 1.

    Returns
    -------
    Figure
    """
    plain = defined(value)
    if plain is None or sources < FEWEST_SOURCES:
        return Figure(plain, None)
    interval = percentile_interval(drawn)
    if photos is not None and interval is not None and plain in (0.0, 1.0):
        bound = none_seen_bound(max(1, photos))
        interval = Interval(0.0, bound) if plain == 0 else Interval(1 - bound, 1.0)
    return Figure(plain, interval)


def _figure(kind: FigureKind, total: FloatArray, by_source: FloatArray, draws: FloatArray) -> Figure:
    return with_interval(
        float(kind.formula(total)),
        kind.formula(draws),
        sources=len(by_source),
        photos=None if kind.photos is None else int(np.count_nonzero(kind.photos(by_source))),
    )


def _of(sums: FloatArray, column: Column) -> FloatArray:
    return np.asarray(sums[..., column])


def _truth(sums: FloatArray) -> FloatArray:
    return _of(sums, Column.TP) + _of(sums, Column.FN)


def _predicted(sums: FloatArray) -> FloatArray:
    return _of(sums, Column.TP) + _of(sums, Column.FP)


def _crack_free(sums: FloatArray) -> FloatArray:
    return _of(sums, Column.PICTURES) - _of(sums, Column.CRACKED)


def _cracked(sums: FloatArray) -> FloatArray:
    return _of(sums, Column.CRACKED)


def _where_cracked(formula: Formula) -> Formula:
    """Leave an area figure undefined where no picture has a crack: 0 would look like a bad model."""
    return lambda sums: np.where(_truth(sums) > 0, formula(sums), np.nan)


def _iou(sums: FloatArray) -> FloatArray:
    return ratio(_of(sums, Column.TP), _truth(sums) + _of(sums, Column.FP))


def _f1(sums: FloatArray) -> FloatArray:
    return ratio(2 * _of(sums, Column.TP), _truth(sums) + _predicted(sums))


def _mean_iou(sums: FloatArray) -> FloatArray:
    wrong = _of(sums, Column.FP) + _of(sums, Column.FN)
    background = ratio(_of(sums, Column.TN), _of(sums, Column.TN) + wrong)
    return (_iou(sums) + np.nan_to_num(background)) / 2


def _near_precision(sums: FloatArray) -> FloatArray:
    return ratio(_of(sums, Column.NEAR_PREDICTED), _predicted(sums))


def _near_recall(sums: FloatArray) -> FloatArray:
    return ratio(_of(sums, Column.NEAR_TRUTH), _truth(sums))


def _near_f1(sums: FloatArray) -> FloatArray:
    precision, recall = np.nan_to_num(_near_precision(sums)), _near_recall(sums)
    return np.where(precision + recall > 0, ratio(2 * precision * recall, precision + recall), 0.0)


def _line_iou(sums: FloatArray) -> FloatArray:
    unmatched = _of(sums, Column.LINE_PREDICTED) - _of(sums, Column.LINE_PREDICTED_MATCHED)
    return ratio(_of(sums, Column.LINE_TRUTH_MATCHED), _of(sums, Column.LINE_TRUTH) + unmatched)


def _reported_f1(sums: FloatArray) -> FloatArray:
    tp = 2 * _of(sums, Column.REPORTED_TP)
    return ratio(tp, tp + _of(sums, Column.REPORTED_FP) + _of(sums, Column.REPORTED_FN))


def _reported_precision(sums: FloatArray) -> FloatArray:
    tp = _of(sums, Column.REPORTED_TP)
    return ratio(tp, tp + _of(sums, Column.REPORTED_FP))


def _reported_recall(sums: FloatArray) -> FloatArray:
    tp = _of(sums, Column.REPORTED_TP)
    return ratio(tp, tp + _of(sums, Column.REPORTED_FN))


def _mean_over_cracked(column: Column) -> Formula:
    return lambda sums: ratio(_of(sums, column), _cracked(sums))


def _share_of_crack_free(column: Column) -> Formula:
    return lambda sums: ratio(_of(sums, column), _crack_free(sums))


FIGURES: tuple[FigureKind, ...] = (
    FigureKind("f1", "F1, pooled (tolerance 0 px)", _where_cracked(_f1)),
    FigureKind("iou", "crack IoU, pooled", _where_cracked(_iou)),
    FigureKind(
        "precision",
        "precision, pooled",
        _where_cracked(lambda sums: ratio(_of(sums, Column.TP), _predicted(sums))),
    ),
    FigureKind(
        "recall", "recall, pooled", _where_cracked(lambda sums: ratio(_of(sums, Column.TP), _truth(sums)))
    ),
    FigureKind("mean_iou", "mIoU with background, pooled", _where_cracked(_mean_iou)),
    FigureKind("f1_2px", "F1 at 2 px, pooled", _where_cracked(_near_f1)),
    FigureKind("precision_2px", "precision at 2 px, pooled", _where_cracked(_near_precision)),
    FigureKind("recall_2px", "recall at 2 px, pooled", _where_cracked(_near_recall)),
    FigureKind("centreline_iou_4px", "centreline IoU at 4 px, pooled", _where_cracked(_line_iou)),
    FigureKind("image_f1", "F1, mean of cracked pictures", _mean_over_cracked(Column.F1_SUM)),
    FigureKind("image_iou", "crack IoU, mean of cracked pictures", _mean_over_cracked(Column.IOU_SUM)),
    FigureKind(
        "image_precision", "precision, mean of cracked pictures", _mean_over_cracked(Column.PRECISION_SUM)
    ),
    FigureKind("image_recall", "recall, mean of cracked pictures", _mean_over_cracked(Column.RECALL_SUM)),
    FigureKind("reported_f1", "F1 of reported cracks, pooled", _where_cracked(_reported_f1)),
    FigureKind(
        "reported_precision", "precision of reported cracks, pooled", _where_cracked(_reported_precision)
    ),
    FigureKind("reported_recall", "recall of reported cracks, pooled", _where_cracked(_reported_recall)),
    FigureKind(
        "cracked_with_report_share",
        "cracked pictures with a report, share",
        _mean_over_cracked(Column.CRACKED_WITH_REPORT),
        photos=_cracked,
    ),
    FigureKind(
        "false_alarm_share",
        "crack-free pictures with a report, share",
        _share_of_crack_free(Column.CRACK_FREE_WITH_REPORT),
        photos=_crack_free,
    ),
    FigureKind(
        "false_alarms_per_photo",
        "false alarms per crack-free picture",
        _share_of_crack_free(Column.FALSE_ALARMS),
    ),
)
AVERAGED_OVER_SETS = ("f1", "iou", "f1_2px", "centreline_iou_4px", "image_f1", "image_iou", "reported_f1")
"""Figures that are also given as the plain mean over the sets that have cracks."""
