"""The protocol: judge a model on samples at native resolution, against untouched masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from crackscope.datasets import Sample
from crackscope.engine.model_card import CrackFilter
from crackscope.errors import ModelFileError
from crackscope.evaluation.bootstrap import REPLICATES
from crackscope.evaluation.calibration import Reliability
from crackscope.evaluation.evaluation import Evaluation, GroupResult
from crackscope.evaluation.figures import (
    AVERAGED_OVER_SETS,
    FIGURES,
    Figure,
    measure_figures,
    summarise,
    with_interval,
)
from crackscope.evaluation.reported import KEEP_ALL
from crackscope.evaluation.samples import Failure, read_readable
from crackscope.evaluation.tally import Column, tally_picture
from crackscope.evaluation.threshold_curve import ThresholdCurve
from crackscope.imaging.arrays import FloatArray, ProbabilityMap, RgbPixels

Predict = Callable[[RgbPixels], ProbabilityMap]
OVERALL = "overall"


@dataclass(slots=True)
class _Group:
    """What is kept of a set while its pictures stream by: two histograms, and a row per source photo, or per
    group of those that show the same.
    """

    by_source: dict[str, FloatArray] = field(default_factory=dict)
    reliability: Reliability = field(default_factory=Reliability)
    curve: ThresholdCurve = field(default_factory=ThresholdCurve)

    def rows(self) -> FloatArray:
        return np.array(list(self.by_source.values())).reshape(-1, len(Column))


def evaluate(
    predict: Predict,
    samples: Iterable[Sample],
    *,
    threshold: float,
    crack_filter: CrackFilter = KEEP_ALL,
    seed: int = 0,
    progress: Callable[[Sample], None] | None = None,
    replicates: int = REPLICATES,
) -> Evaluation:
    """Judge a predictor by the protocol of ``docs/evaluation.md``.

    Pictures stream by one at a time; what is kept is a row of numbers per source photo.

    Parameters
    ----------
    predict : callable
        From uint8 pixels (H, W, 3) to float32 probabilities (H, W).
    samples : iterable of Sample
    threshold : float
        Crack where the probability is at least this; frozen on other pictures than these.
    crack_filter : CrackFilter
        Which connected pixels are reported as a crack; by default all.
    seed : int
        Of the bootstrap.
    progress : callable, optional
        Called with each sample when it is done.
    replicates : int
        Bootstrap draws.

    Returns
    -------
    Evaluation
        Samples that could not be read are listed in its `failures`.

    Raises
    ------
    DatasetError
        If not one sample could be read.
    ModelFileError
        If the model gives anything but probabilities.
    ValueError
        If the predictor returns an array of another size than the picture's.
    """
    groups: dict[str, _Group] = {}
    failures: list[Failure] = []
    for sample, pixels, truth in read_readable(samples, failures, progress=progress):
        probability = checked_probability(predict, pixels, name=sample.key)
        group = groups.setdefault(sample.set_name, _Group())
        group.reliability.add(probability, truth)
        group.curve.add(probability, truth)
        row = tally_picture(probability, truth, threshold=threshold, crack_filter=crack_filter)
        group.by_source[sample.together] = group.by_source.get(sample.together, 0) + row
    return _conclude(
        groups,
        threshold=threshold,
        crack_filter=crack_filter,
        seed=seed,
        replicates=replicates,
        failures=failures,
    )


def checked_probability(predict: Predict, pixels: RgbPixels, *, name: str) -> ProbabilityMap:
    """Predict, and refuse what are no probabilities.

    Raises
    ------
    ModelFileError
        If a value is nan or outside 0…1.
    ValueError
        If the array has another size than the picture.
    """
    probability = np.asarray(predict(pixels), dtype=np.float32)
    if probability.shape != pixels.shape[:2]:
        raise ValueError(f"{name}: predicted {probability.shape} for a picture of {pixels.shape[:2]}")
    if not (probability.min() >= 0 and probability.max() <= 1):
        raise ModelFileError(
            f"{name}: the model gave values that are no probabilities; train or export it again."
        )
    return probability


def _conclude(
    groups: dict[str, _Group],
    *,
    threshold: float,
    crack_filter: CrackFilter,
    seed: int,
    replicates: int,
    failures: list[Failure],
) -> Evaluation:
    sets, rows, draws = [], [], []
    together = _Group()
    for name in sorted(groups):
        group = groups[name]
        rows.append(group.rows())
        figures, drawn = measure_figures(rows[-1], seed=seed, stream=name, replicates=replicates)
        draws.append(drawn)
        sets.append(_result(name, rows[-1], figures, group))
        together.reliability.merge(group.reliability)
        together.curve.merge(group.curve)
    # Each draw of the whole is a draw of every set, so that the mixture of sets stays as it is.
    all_rows = np.concatenate(rows)
    figures = summarise(all_rows, np.sum(draws, axis=0))
    return Evaluation(
        sets=tuple(sets),
        overall=_result(OVERALL, all_rows, figures, together),
        mean_over_sets=_mean_over_sets(rows, draws),
        threshold=threshold,
        crack_filter=crack_filter,
        seed=seed,
        replicates=replicates,
        failures=tuple(failures),
    )


def _result(name: str, rows: FloatArray, figures: dict[str, Figure], group: _Group) -> GroupResult:
    total = rows.sum(axis=0)
    return GroupResult(
        name=name,
        pictures=int(total[Column.PICTURES]),
        cracked=int(total[Column.CRACKED]),
        sources=len(rows),
        figures=figures,
        calibration_error=group.reliability.expected_error(),
        reliability=group.reliability,
        oracle=group.curve.best(),
    )


def _mean_over_sets(rows: list[FloatArray], draws: list[FloatArray]) -> dict[str, Figure]:
    """Average figures over the sets that have cracks; each weighs the same, whatever its size."""
    with_cracks = [at for at, each in enumerate(rows) if each[:, Column.CRACKED].any()]
    mean = {}
    for kind in FIGURES:
        if kind.name not in AVERAGED_OVER_SETS:
            continue
        if not with_cracks:
            mean[kind.name] = Figure(None, None)
            continue
        value = np.mean([kind.formula(rows[at].sum(axis=0)) for at in with_cracks])
        drawn = np.mean([kind.formula(draws[at]) for at in with_cracks], axis=0)
        fewest = min(len(rows[at]) for at in with_cracks)
        mean[kind.name] = with_interval(float(value), drawn, sources=fewest)
    return mean
