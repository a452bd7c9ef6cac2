"""The protocol: judge a classifier on pictures of class folders, or on patches of pictures with masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from crackscope.datasets import Sample
from crackscope.errors import DatasetError
from crackscope.evaluation.bootstrap import REPLICATES
from crackscope.evaluation.calibration import Reliability
from crackscope.evaluation.classification.answers import Answers, together
from crackscope.evaluation.classification.evaluation import ClassificationEvaluation, ClassificationGroup
from crackscope.evaluation.classification.figures import OVERALL, measure_sets
from crackscope.evaluation.classification.judging import (
    JudgedView,
    answers_of,
    judge_patches,
    judge_whole,
)
from crackscope.evaluation.classification.mistakes import worst_mistakes
from crackscope.evaluation.classification.predictors import PicturePredictor
from crackscope.evaluation.figures import Figure
from crackscope.evaluation.samples import Failure, read_readable
from crackscope.evaluation.threshold_curve import ThresholdCurve


@dataclass(frozen=True, slots=True)
class _Cut:
    patch_px: int
    min_crack_px: int


@dataclass(slots=True)
class _Set:
    whole: bool
    views: list[JudgedView] = field(default_factory=list)
    pictures: int = 0
    left_out: int = 0


def evaluate_classifier(
    predictor: PicturePredictor,
    samples: Iterable[Sample],
    *,
    threshold: float | None = None,
    patch_px: int | None = None,
    min_crack_px: int | None = None,
    seed: int = 0,
    progress: Callable[[Sample], None] | None = None,
    replicates: int = REPLICATES,
) -> ClassificationEvaluation:
    """Judge a classifier by the protocol of ``docs/evaluation.md``.

    Parameters
    ----------
    predictor : PicturePredictor
    samples : iterable of Sample
    threshold : float, optional
        Cracked where the probability is at least this; by default the predictor's own.
    patch_px : int, optional
        Cut pictures with masks, and crack-free ones beside them, into patches of this side, each judged by
        itself. Without it, and in sets with cracked pictures of which there is no mask, pictures are judged
        whole.
    min_crack_px : int, optional
        Crack pixels of a cracked patch, by default half of `patch_px`; patches with fewer are left out.
    seed : int
        Of the bootstrap.
    progress : callable, optional
        Called with each sample when it is done.
    replicates : int
        Bootstrap draws.

    Returns
    -------
    ClassificationEvaluation
        Samples that could not be read are listed in its `failures`.

    Raises
    ------
    DatasetError
        If not one sample could be read, or not one patch be labelled.
    ModelFileError
        If the model gives anything but probabilities.
    """
    cut = None if patch_px is None else _Cut(patch_px, min_crack_px or max(1, patch_px // 2))
    judged, failures = _judge(predictor, list(samples), cut, progress)
    threshold = predictor.facts.threshold if threshold is None else threshold
    answers = {name: answers_of(own.views) for name, own in judged.items()}
    measured = measure_sets(
        answers,
        threshold=threshold,
        sure_below=predictor.sure_below,
        seed=seed,
        replicates=replicates,
    )
    every = _Set(
        whole=all(own.whole for own in judged.values()),
        views=[view for own in judged.values() for view in own.views],
        pictures=sum(own.pictures for own in judged.values()),
        left_out=sum(own.left_out for own in judged.values()),
    )
    return ClassificationEvaluation(
        sets=tuple(_group(name, own, answers[name], measured[name].figures) for name, own in judged.items()),
        overall=_group(OVERALL, every, together(list(answers.values())), measured[OVERALL].figures),
        threshold=threshold,
        sure_below=predictor.sure_below,
        patch_px=patch_px,
        min_crack_px=None if cut is None else cut.min_crack_px,
        seed=seed,
        replicates=replicates,
        mistakes=worst_mistakes(every.views, threshold=threshold),
        failures=tuple(failures),
    )


def _judge(
    predictor: PicturePredictor,
    samples: list[Sample],
    cut: _Cut | None,
    progress: Callable[[Sample], None] | None,
) -> tuple[dict[str, _Set], list[Failure]]:
    """Ask the classifier, picture by picture; the sets come sorted by name."""
    unmasked = {sample.set_name for sample in samples if sample.unmasked_crack}
    sets: dict[str, _Set] = {}
    failures: list[Failure] = []
    for sample, pixels, truth in read_readable(samples, failures, progress=progress):
        whole = cut is None or sample.set_name in unmasked
        own = sets.setdefault(sample.set_name, _Set(whole))
        own.pictures += 1
        if cut is None or whole:
            own.views.append(judge_whole(predictor.probability, sample, pixels, truth))
        else:
            views, left_out = judge_patches(
                predictor.probabilities,
                sample,
                pixels,
                truth,
                patch_px=cut.patch_px,
                min_crack_px=cut.min_crack_px,
            )
            own.views += views
            own.left_out += left_out
    judged = {name: sets[name] for name in sorted(sets) if sets[name].views}
    if not judged:
        raise DatasetError("No patch shows enough of a crack, or none of it; choose larger patches.")
    return judged, failures


def _group(name: str, own: _Set, answers: Answers, figures: Mapping[str, Figure]) -> ClassificationGroup:
    probability, truth = answers.probability[np.newaxis].astype(np.float32), answers.cracked[np.newaxis]
    reliability, curve = Reliability(), ThresholdCurve()
    reliability.add(probability, truth)
    curve.add(probability, truth)
    return ClassificationGroup(
        name=name,
        pictures=own.pictures,
        whole=own.whole,
        judged=len(answers),
        cracked=int(answers.cracked.sum()),
        left_out=own.left_out,
        sources=answers.sources,
        figures=figures,
        reliability=reliability,
        oracle=curve.best(),
    )
