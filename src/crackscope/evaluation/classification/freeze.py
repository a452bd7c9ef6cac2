"""Choose a classifier's temperature, threshold and sure_below on validation pictures, before any test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crackscope.datasets import Sample
from crackscope.errors import DatasetError
from crackscope.evaluation.calibration import Reliability
from crackscope.evaluation.classification.answers import Answers
from crackscope.evaluation.classification.judging import (
    JudgedView,
    PatchPredict,
    PicturePredict,
    answers_of,
    judge_patches,
    judge_whole,
)
from crackscope.evaluation.samples import read_every
from crackscope.evaluation.temperature import LogitHistogram, apply_temperature, fit_temperature
from crackscope.imaging.arrays import FloatArray
from crackscope.imaging.views import fits_whole
from crackscope.training.ranking import Ranking, best_threshold

MISSED_SHARE = 0.005
"""Share of the cracked validation pictures that may fall below `sure_below`."""
FEWEST_CRACKED = 60
"""Of fewer cracked pictures, none below a level still leaves room for more than 5 % (3 / n, at 95 %)."""


@dataclass(frozen=True, slots=True)
class FrozenClassifier:
    """What goes into a classifier's card, and why.

    Parameters
    ----------
    threshold : float
        For probabilities at `temperature`: the one of highest F1, sets weighing by their say.
    temperature : float
        By which the network's logits are to be divided; 1 leaves them.
    sure_below : float
        For probabilities at `temperature`: of the cracked pictures at most `MISSED_SHARE` fall below. Never
        above the threshold.
    f1, accuracy : float
        At the threshold, sets weighing by their say.
    accuracy_by_set : mapping
        At the threshold.
    auroc : float
        Of all pictures and patches together.
    calibration_error_before, calibration_error_after : float
        At temperature 1 and at `temperature`, all together.
    views, cracked, left_out : int
        Pictures and patches used, those of them that are cracked, and patches that were neither.
    pictures, cracked_pictures : int
        Validation pictures, and those of them that are cracked, which `sure_below` was chosen on.
    missed_share, screened_share : float
        Of the cracked and of the crack-free pictures, those below `sure_below`; the second is 0 where there
        are none.
    """

    threshold: float
    temperature: float
    sure_below: float | None
    f1: float
    accuracy: float
    accuracy_by_set: Mapping[str, float]
    auroc: float
    calibration_error_before: float
    calibration_error_after: float
    views: int
    cracked: int
    left_out: int
    pictures: int
    cracked_pictures: int
    missed_share: float
    screened_share: float

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values, for a model card or a run folder."""
        return asdict(self)


def freeze_classifier(
    probability: PicturePredict,
    probabilities: PatchPredict,
    samples: Iterable[Sample],
    *,
    side_px: int,
    min_crack_px: int,
    set_weights: Mapping[str, float] | None = None,
    progress: Callable[[Sample], None] | None = None,
) -> FrozenClassifier:
    """Choose temperature, threshold and sure_below on validation pictures.

    1. Temperature: the one under which the truth is most likely, every set weighing the same.
    2. Threshold: the one of highest F1 over all pictures and patches, sets weighing by their say whatever
       their size; in the middle of the widest gap between answers where several are as good.
    3. sure_below: of the cracked pictures, each judged as the model file judges photos, at most
       `MISSED_SHARE` fall below; None with fewer than `FEWEST_CRACKED` of them.

    The first two are chosen on what the network is shown at once: pictures without masks whole, larger ones
    with masks in patches labelled by them. Each picture is read once.

    Parameters
    ----------
    probability, probabilities : callable
        See `PicturePredictor`, at temperature 1.
    samples : iterable of Sample
        Of the validation part.
    side_px : int
        Side of what the network is shown.
    min_crack_px : int
        Crack pixels of a cracked patch.
    set_weights : mapping, optional
        The say of each set; 1 where not named.
    progress : callable, optional
        Called with each sample when it was looked at.

    Returns
    -------
    FrozenClassifier

    Raises
    ------
    DatasetError
        If nothing is cracked, nothing is crack-free, or a sample cannot be used.
    PhotoError
        If a picture cannot be read: what is frozen must not depend on what happened to be readable.
    """
    shown: list[JudgedView] = []
    whole: list[JudgedView] = []
    left_out = 0
    for sample, pixels, truth in read_every(sorted(samples), progress=progress):
        whole.append(judge_whole(probability, sample, pixels, truth))
        if sample.unmasked_crack or fits_whole(*truth.shape, side_px=side_px):
            shown.append(whole[-1])
        else:
            judged, neither = judge_patches(
                probabilities, sample, pixels, truth, patch_px=side_px, min_crack_px=min_crack_px
            )
            shown += judged
            left_out += neither
    views, pictures = answers_of(shown), answers_of(whole)
    for lacking, there in (("cracked", views.cracked), ("crack-free", ~views.cracked)):
        if not there.any():
            raise DatasetError(f"No validation picture is {lacking}; add pictures of both kinds.")
    temperature = fit_temperature(_histograms(shown))
    calibrated, whole_calibrated = _at(views, temperature), _at(pictures, temperature)
    weights = _weights_by_say(shown, set_weights or {})
    threshold, f1 = best_threshold(calibrated.probability, calibrated.cracked, weights)
    right = (calibrated.probability >= threshold) == calibrated.cracked
    cracked_pictures = whole_calibrated.probability[pictures.cracked]
    free_pictures = whole_calibrated.probability[~pictures.cracked]
    enough = len(cracked_pictures) >= FEWEST_CRACKED
    sure_below = min(threshold, sure_level(cracked_pictures)) if enough else None
    return FrozenClassifier(
        threshold=threshold,
        temperature=temperature,
        sure_below=sure_below,
        f1=f1,
        accuracy=float(np.average(right, weights=weights)),
        accuracy_by_set=_mean_by_set(shown, right),
        auroc=float(Ranking(calibrated.probability, calibrated.cracked).auroc(np.ones(len(calibrated)))),
        calibration_error_before=_calibration_error(views),
        calibration_error_after=_calibration_error(calibrated),
        views=len(views),
        cracked=int(views.cracked.sum()),
        left_out=left_out,
        pictures=len(pictures),
        cracked_pictures=len(cracked_pictures),
        missed_share=_share_below(cracked_pictures, sure_below or 0.0),
        screened_share=_share_below(free_pictures, sure_below or 0.0),
    )


def sure_level(cracked: FloatArray, *, missed_share: float = MISSED_SHARE) -> float:
    """Find the highest probability below which at most a given share of cracked pictures fall.

    Parameters
    ----------
    cracked : float64 array, shape (N,)
        Probabilities of cracked pictures.
    missed_share : float

    Returns
    -------
    float
        0 where there are none: then nothing is sure.

    Examples
    --------
    >>> sure_level(np.arange(400) / 400)  # two of them may fall below
    0.005
    """
    if not len(cracked):
        return 0.0
    return float(np.sort(cracked)[int(missed_share * len(cracked))])


def _at(answers: Answers, temperature: float) -> Answers:
    calibrated = apply_temperature(answers.probability.astype(np.float32), temperature)
    return Answers(calibrated.astype(np.float64), answers.cracked, answers.source)


def _histograms(shown: Iterable[JudgedView]) -> list[LogitHistogram]:
    histograms: dict[str, LogitHistogram] = defaultdict(LogitHistogram)
    for view in shown:
        histograms[view.sample.set_name].add(
            np.array([[view.probability]], np.float32), np.array([[view.cracked]])
        )
    return list(histograms.values())


def _weights_by_say(shown: Sequence[JudgedView], say: Mapping[str, float]) -> FloatArray:
    """Weigh views so that those of a set together have the set's say; alike where no set has any."""
    names = np.array([view.sample.set_name for view in shown])
    own, counts = np.unique(names, return_counts=True)
    each = {name: say.get(name, 1.0) / count for name, count in zip(own, counts, strict=True)}
    weights = np.array([each[name] for name in names])
    cracked = np.array([view.cracked for view in shown])
    return weights if weights[cracked].any() and weights[~cracked].any() else np.ones(len(names))


def _mean_by_set(shown: Sequence[JudgedView], right: NDArray[np.bool_]) -> dict[str, float]:
    names = np.array([view.sample.set_name for view in shown])
    return {str(name): float(right[names == name].mean()) for name in np.unique(names)}


def _calibration_error(answers: Answers) -> float:
    reliability = Reliability()
    reliability.add(answers.probability[np.newaxis].astype(np.float32), answers.cracked[np.newaxis])
    return reliability.expected_error() or 0.0


def _share_below(probability: FloatArray, level: float) -> float:
    return float(np.mean(probability < level)) if len(probability) else 0.0
