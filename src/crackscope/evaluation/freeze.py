"""Choose threshold, temperature and crack filter on validation pictures, before any test picture is seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from crackscope.datasets import Sample
from crackscope.engine.model_card import CrackFilter
from crackscope.errors import DatasetError
from crackscope.evaluation.calibration import Reliability
from crackscope.evaluation.filter_search import Candidate, FilterChoice, FilterSearch
from crackscope.evaluation.protocol import Predict, checked_probability
from crackscope.evaluation.reported import reported_regions
from crackscope.evaluation.samples import read_every
from crackscope.evaluation.temperature import LogitHistogram, fit_temperature, with_temperature
from crackscope.evaluation.threshold_curve import THRESHOLDS, ThresholdCurve
from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.measurement.filter import rotated_length
from crackscope.measurement.region import Region

ALARM_SHARE = 0.03
"""Share of crack-free validation pictures that may still report a crack."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What goes into a model's card, and why.

    Parameters
    ----------
    threshold : float
        For probabilities at `temperature`: the one of highest F1, averaged over sets by their weights.
    temperature : float
        By which the network's logits are to be divided; 1 leaves them.
    crack_filter : CrackFilter
        For probabilities at `temperature`.
    mean_f1 : float
        At the threshold: pooled F1 of each set, averaged over sets by their weights.
    f1_by_set : mapping
        At the threshold; sets without cracks are left out.
    calibration_error_before, calibration_error_after : float
        At temperature 1 and at `temperature`, all pixels together.
    filter_choice : FilterChoice
        What the filter does to alarms and recall.
    pictures, crack_free : int
        Validation pictures used, and those of them without a crack.
    """

    threshold: float
    temperature: float
    crack_filter: CrackFilter
    mean_f1: float
    f1_by_set: Mapping[str, float]
    calibration_error_before: float
    calibration_error_after: float
    filter_choice: FilterChoice
    pictures: int
    crack_free: int

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values, for a model card or a run folder."""
        return asdict(self)


def freeze(
    predict: Predict,
    samples: Iterable[Sample],
    *,
    calibrate: bool = True,
    alarm_share: float = ALARM_SHARE,
    set_weights: Mapping[str, float] | None = None,
    progress: Callable[[Sample], None] | None = None,
) -> Frozen:
    """Choose threshold, temperature and crack filter on validation pictures.

    1. Temperature: the one under which the truth is most likely, every set weighing the same.
    2. Threshold: the one of highest pooled F1 averaged over sets by their weights, so that a set of many or
       large pictures does not rule.
    3. Crack filter: at most `alarm_share` of the crack-free pictures report a crack, at the least loss of
       recall.

    The pictures are predicted three times (twice without `calibrate`), so that memory stays flat; the result
    depends on nothing but the predictor and the samples.

    Parameters
    ----------
    predict : callable
        From uint8 pixels (H, W, 3) to float32 probabilities (H, W), at temperature 1.
    samples : iterable of Sample
        Of the validation part, with crack-free pictures among them.
    calibrate : bool
        Fit a temperature; else it is 1.
    alarm_share : float
        0…1.
    set_weights : mapping, optional
        How much each set counts in the choice of threshold and filter; 1 where not named.
    progress : callable, optional
        Called with each sample each time it was looked at.

    Returns
    -------
    Frozen

    Raises
    ------
    DatasetError
        If no sample has a crack, or a sample cannot be used.
    PhotoError
        If a picture cannot be read: what is frozen must not depend on what happened to be readable.
    """
    samples = sorted(samples)
    temperature, error_before = _fit(predict, samples, progress) if calibrate else (1.0, None)
    calibrated = with_temperature(predict, temperature)

    reliability = Reliability()
    curves: dict[str, ThresholdCurve] = defaultdict(ThresholdCurve)
    for sample, pixels, truth in read_every(samples, progress=progress):
        probability = checked_probability(calibrated, pixels, name=sample.key)
        reliability.add(probability, truth)
        curves[sample.set_name].add(probability, truth)
    at, f1_by_set, weights = _best_mean_f1(curves, set_weights or {})
    threshold = float(THRESHOLDS[at])
    error_after = reliability.expected_error() or 0.0

    search = FilterSearch(threshold)
    crack_free = 0
    for sample, pixels, truth in read_every(samples, progress=progress):
        probability = checked_probability(calibrated, pixels, name=sample.key)
        candidates = [_candidate(each, truth) for each in reported_regions(probability, threshold=threshold)]
        truth_px = int(np.count_nonzero(truth))
        if truth_px:
            search.add_cracked(candidates, set_name=sample.set_name, truth_px=truth_px)
        else:
            crack_free += 1
            search.add_crack_free(candidates)
    choice = search.choose(alarm_share, set_weights=set_weights)
    return Frozen(
        threshold=threshold,
        temperature=temperature,
        crack_filter=CrackFilter(
            min_length_px=choice.min_length_px,
            min_peak_probability=choice.min_peak_probability,
            min_mean_probability=choice.min_mean_probability,
        ),
        mean_f1=float(np.average([each[at] for each in f1_by_set.values()], weights=weights)),
        f1_by_set={name: float(each[at]) for name, each in f1_by_set.items()},
        calibration_error_before=error_after if error_before is None else error_before,
        calibration_error_after=error_after,
        filter_choice=choice,
        pictures=len(samples),
        crack_free=crack_free,
    )


def _fit(
    predict: Predict, samples: Sequence[Sample], progress: Callable[[Sample], None] | None
) -> tuple[float, float | None]:
    """Fit the temperature; also give the calibration error that there is without it."""
    reliability = Reliability()
    histograms: dict[str, LogitHistogram] = defaultdict(LogitHistogram)
    for sample, pixels, truth in read_every(samples, progress=progress):
        probability = checked_probability(predict, pixels, name=sample.key)
        reliability.add(probability, truth)
        histograms[sample.set_name].add(probability, truth)
    return fit_temperature(histograms.values()), reliability.expected_error()


def _best_mean_f1(
    curves: Mapping[str, ThresholdCurve], set_weights: Mapping[str, float]
) -> tuple[int, dict[str, FloatArray], list[float]]:
    """Return the best threshold's place in `THRESHOLDS` (lowest of equals), each set's F1 curve, weights."""
    f1_by_set = {name: f1 for name in sorted(curves) if (f1 := curves[name].f1()) is not None}
    if not f1_by_set:
        raise DatasetError("No validation picture shows a crack; add pictures with cracks and their masks.")
    weights = [set_weights.get(name, 1.0) for name in f1_by_set]
    mean = np.average(list(f1_by_set.values()), axis=0, weights=weights)
    mean[0] = -1  # at 0 everything is crack, whatever the model says
    return int(np.argmax(mean)), f1_by_set, weights


def _candidate(region: Region, truth: BoolMask) -> Candidate:
    covered = region.mask.decode_box(region.box) & truth[region.box.slices]
    return Candidate(
        length_px=rotated_length(region),
        peak_probability=region.peak_probability,
        mean_probability=region.mean_probability,
        truth_px=int(np.count_nonzero(covered)),
    )
