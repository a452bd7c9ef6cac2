"""Every figure of a classifier, the same for the answers and for each bootstrap draw of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.evaluation.bootstrap import times_drawn
from crackscope.evaluation.calibration import BINS
from crackscope.evaluation.classification.answers import Answers, together
from crackscope.evaluation.figures import Figure, with_interval
from crackscope.imaging.arrays import FloatArray
from crackscope.training.ranking import Ranking, ratio

OVERALL = "overall"
_WEIGHTS_AT_ONCE = 2_000_000
CONFUSION = ("cracked_found", "cracked_missed", "crack_free_alarmed", "crack_free_passed")
"""Cells of the confusion matrix, in numbers of answers."""


@dataclass(frozen=True, slots=True)
class FigureTitle:
    """One figure of the protocol.

    Parameters
    ----------
    name : str
        Key in the JSON document.
    title : str
        As shown to people.
    photos : callable, optional
        For a figure that no bootstrap moves away from 0 or 1: how many source photos speak for it.
    """

    name: str
    title: str
    photos: Callable[[Answers, float], int] | None = None


def _cracked(answers: Answers, _threshold: float) -> int:
    return answers.sources_of(answers.cracked)


def _crack_free(answers: Answers, _threshold: float) -> int:
    return answers.sources_of(~answers.cracked)


def _called_cracked(answers: Answers, threshold: float) -> int:
    return answers.sources_of(answers.probability >= threshold)


def _rarer(answers: Answers, threshold: float) -> int:
    return min(_cracked(answers, threshold), _crack_free(answers, threshold))


FIGURES = (
    FigureTitle("accuracy", "accuracy", lambda answers, _: answers.sources),
    FigureTitle("precision", "precision", _called_cracked),
    FigureTitle("recall", "recall", _cracked),
    FigureTitle("f1", "F1", _cracked),
    FigureTitle("false_alarm_share", "crack-free called cracked, share", _crack_free),
    FigureTitle("auroc", "AUROC", _rarer),
    FigureTitle("average_precision", "average precision", _rarer),
    FigureTitle("calibration_error", "expected calibration error"),
    FigureTitle("screened_share", "crack-free below sure_below, share", _crack_free),
    FigureTitle("screened_crack_share", "cracked below sure_below, share", _cracked),
)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The figures of some answers, and what they become in each bootstrap draw.

    Parameters
    ----------
    figures : mapping of Figure
        By the names of `FIGURES` and `CONFUSION`.
    drawn : mapping of float64 arrays, shape (replicates,)
        By the same names; nan where undefined.
    """

    figures: Mapping[str, Figure]
    drawn: Mapping[str, FloatArray]


class Measure:
    """From weights of answers to figures.

    Parameters
    ----------
    answers : Answers
    threshold : float
        Cracked where the probability is at least this.
    sure_below : float, optional
        Surely crack-free where the probability is below this; nothing is, without it.
    """

    def __init__(self, answers: Answers, *, threshold: float, sure_below: float | None) -> None:
        self._ranking = Ranking(answers.probability, answers.cracked)
        self._screens = sure_below is not None
        called = answers.probability >= threshold
        sure = answers.probability < (sure_below or 0.0)
        cracked = answers.cracked
        cells = (cracked & called, cracked & ~called, ~cracked & called, ~cracked & ~called)
        bins = np.minimum((answers.probability * BINS).astype(np.intp), BINS - 1)
        beyond_truth = np.eye(BINS)[bins] * (answers.probability - cracked)[:, np.newaxis]
        self._columns = np.column_stack([*cells, cracked & sure, ~cracked & sure, beyond_truth]).astype(float)

    def __call__(self, weights: FloatArray) -> dict[str, FloatArray]:
        """Work out every figure.

        Parameters
        ----------
        weights : float64 array, shape (draws, N)
            How often each answer counts in each draw.

        Returns
        -------
        dict of float64 arrays, shape (draws,)
            By the names of `FIGURES` and `CONFUSION`; nan where undefined.
        """
        sums = weights @ self._columns
        found, missed, alarmed, passed, sure_cracked, sure_free = sums[:, :6].T
        total = found + missed + alarmed + passed
        error = np.abs(sums[:, 6:]).sum(axis=1)
        screens = 1.0 if self._screens else np.nan
        return {
            "accuracy": ratio(found + passed, total),
            "precision": ratio(found, found + alarmed),
            "recall": ratio(found, found + missed),
            "f1": np.where(found + missed > 0, ratio(2 * found, 2 * found + alarmed + missed), np.nan),
            "false_alarm_share": ratio(alarmed, alarmed + passed),
            "auroc": self._ranking.auroc(weights),
            "average_precision": self._ranking.average_precision(weights),
            "calibration_error": ratio(error, total),
            "screened_share": screens * ratio(sure_free, alarmed + passed),
            "screened_crack_share": screens * ratio(sure_cracked, found + missed),
            **dict(zip(CONFUSION, (found, missed, alarmed, passed), strict=True)),
        }


def measure_sets(
    sets: Mapping[str, Answers],
    *,
    threshold: float,
    sure_below: float | None,
    seed: int,
    replicates: int,
) -> dict[str, Measured]:
    """Work out every figure of every set, and of all together, with 95 % intervals over source photos.

    Draw k draws the same source photos for every model that answered the same pictures.

    Parameters
    ----------
    sets : mapping of Answers
        By name; none of them empty.
    threshold, sure_below : float
        See `Measure`.
    seed, replicates : int
        Of the bootstrap.

    Returns
    -------
    dict of Measured
        By set's name and `OVERALL`.
    """
    answers = {**sets, OVERALL: together(list(sets.values()))}
    measures = {
        name: Measure(each, threshold=threshold, sure_below=sure_below) for name, each in answers.items()
    }
    at_once = max(1, _WEIGHTS_AT_ONCE // len(answers[OVERALL]))
    drawing = [
        times_drawn(each.sources, seed=seed, stream=name, replicates=replicates, at_once=at_once)
        for name, each in sets.items()
    ]
    parts: dict[str, list[dict[str, FloatArray]]] = {name: [] for name in answers}
    for times in zip(*drawing, strict=True):
        # Each draw of the whole is a draw of every set, so that the mixture of sets stays as it is.
        weights = {name: _weights(own, sets[name]) for name, own in zip(sets, times, strict=True)}
        weights[OVERALL] = np.concatenate(list(weights.values()), axis=1)
        for name, measure in measures.items():
            parts[name].append(measure(weights[name]))
    measured = {}
    for name, each in answers.items():
        drawn = {figure: np.concatenate([part[figure] for part in parts[name]]) for figure in parts[name][0]}
        figures = _with_intervals(each, measures[name], drawn, threshold=threshold)
        measured[name] = Measured(figures, drawn)
    return measured


def _weights(times: NDArray[np.int64], answers: Answers) -> FloatArray:
    return times[:, answers.source].astype(np.float64)


def _with_intervals(
    answers: Answers, measure: Measure, drawn: Mapping[str, FloatArray], *, threshold: float
) -> dict[str, Figure]:
    photos = {kind.name: kind.photos for kind in FIGURES}
    figures = {}
    for name, once in measure(np.ones((1, len(answers)))).items():
        count = photos.get(name)
        figures[name] = with_interval(
            float(once[0]),
            drawn[name],
            sources=answers.sources,
            photos=None if count is None else count(answers, threshold),
        )
    return figures
