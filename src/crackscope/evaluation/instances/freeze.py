"""Choose a detector's thresholds on validation pictures, before any test picture is seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from crackscope.datasets import Sample
from crackscope.datasets.instances import single_cracks
from crackscope.engine.found_instance import FoundInstance
from crackscope.errors import DatasetError
from crackscope.evaluation.samples import read_every
from crackscope.imaging.arrays import FloatArray, RgbPixels
from crackscope.training.average_precision import RankedMatches
from crackscope.training.instance_matching import PictureMatches, match_picture

THRESHOLDS: FloatArray = np.linspace(0.05, 0.99, 95)
"""Of the score."""
MASK_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6)
"""A mask that learnt a thin thing from few pictures is unsure everywhere, and too thin at one half."""


@dataclass(frozen=True, slots=True)
class FrozenDetector:
    """What goes into a detector's card, and why.

    Parameters
    ----------
    threshold : float
        Of the score: highest F1 of cracks at IoU 0.50, averaged over sets by their weights.
    mask_threshold : float
        Of a mask's pixels: highest mask mAP, averaged over sets by their weights.
    temperature : float
        Always 1: scores order cracks, and no probability is read off them.
    mean_f1 : float
        At the threshold.
    f1_by_set : mapping
        At the threshold; sets without cracks are left out.
    mask_map, mask_ap50 : float
        Averaged over sets by their weights.
    false_alarm_share : float
        Share of the crack-free pictures with a crack found at the threshold; 0 where there are none.
    pictures, crack_free, cracks : int
        Validation pictures used, those of them without a crack, and the cracks of the others.
    """

    threshold: float
    mask_threshold: float
    temperature: float
    mean_f1: float
    f1_by_set: Mapping[str, float]
    mask_map: float
    mask_ap50: float
    false_alarm_share: float
    pictures: int
    crack_free: int
    cracks: int

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values, for a model card or a run folder."""
        return asdict(self)


def freeze_detector(
    find: Callable[[RgbPixels], Sequence[Sequence[FoundInstance]]],
    samples: Iterable[Sample],
    *,
    mask_thresholds: Sequence[float] = MASK_THRESHOLDS,
    set_weights: Mapping[str, float] | None = None,
    progress: Callable[[Sample], None] | None = None,
) -> FrozenDetector:
    """Choose the masks' threshold of highest mask mAP, and with it the score of highest F1 of cracks.

    Parameters
    ----------
    find : callable
        From uint8 pixels (H, W, 3) to cracks, also to doubtful ones, at each of `mask_thresholds`.
    samples : iterable of Sample
        Of the validation part, with crack-free pictures among them.
    mask_thresholds : sequence of floats
    set_weights : mapping, optional
        How much each set counts; 1 where not named.
    progress : callable, optional
        Called with each sample when it was looked at.

    Returns
    -------
    FrozenDetector

    Raises
    ------
    DatasetError
        If no sample has a crack, or a sample cannot be used.
    PhotoError
        If a picture cannot be read: what is frozen must not depend on what happened to be readable.
    """
    by_set: dict[str, list[list[PictureMatches]]] = defaultdict(list)
    for sample, pixels, truth in read_every(sorted(samples), progress=progress):
        true = [crack.mask for crack in single_cracks(truth)]
        by_set[sample.set_name].append([match_picture(true, found, by="mask") for found in find(pixels)])
    names = [name for name in sorted(by_set) if any(each[0].truths for each in by_set[name])]
    if not names:
        raise DatasetError("No validation picture shows a crack; add pictures with cracks and their masks.")
    given = [(set_weights or {}).get(name, 1.0) for name in names]
    weights = given if any(given) else [1.0] * len(given)

    def at(mask: int, name: str) -> list[PictureMatches]:
        return [each[mask] for each in by_set[name]]

    precision = np.array(
        [
            np.average([_precision(at(mask, name)) for name in names], axis=0, weights=weights)
            for mask in range(len(mask_thresholds))
        ]
    )
    mask = _middle_of_best(precision.mean(axis=1))
    curves = np.array([_f1_curve(at(mask, name)) for name in names])
    best = _middle_of_best(np.average(curves, axis=0, weights=weights))
    every = [each for name in by_set for each in at(mask, name)]
    crack_free = [each for each in every if each.truths == 0]
    alarms = [bool((each.scores >= THRESHOLDS[best]).any()) for each in crack_free]
    return FrozenDetector(
        threshold=float(THRESHOLDS[best]),
        mask_threshold=float(mask_thresholds[mask]),
        temperature=1.0,
        mean_f1=float(np.average(curves[:, best], weights=weights)),
        f1_by_set={name: float(own[best]) for name, own in zip(names, curves, strict=True)},
        mask_map=float(precision[mask].mean()),
        mask_ap50=float(precision[mask, 0]),
        false_alarm_share=float(np.mean(alarms)) if alarms else 0.0,
        pictures=len(every),
        crack_free=len(crack_free),
        cracks=sum(each.truths for each in every),
    )


def _precision(pictures: Sequence[PictureMatches]) -> FloatArray:
    return RankedMatches.of(pictures).average_precision()


def _middle_of_best(values: FloatArray) -> int:
    """Place of the highest value; of equal ones the middle, for other pictures lie to either side."""
    equals = np.flatnonzero(values >= values.max() - 1e-9)
    return int(equals[len(equals) // 2])


def _f1_curve(pictures: Sequence[PictureMatches]) -> FloatArray:
    """F1 of cracks at IoU 0.50, at each of `THRESHOLDS`."""
    scores = np.concatenate([each.scores for each in pictures])
    true = np.concatenate([each.matched[0] for each in pictures])
    truths = sum(each.truths for each in pictures)
    found = (scores >= THRESHOLDS[:, None]).sum(axis=1)
    hits = ((scores >= THRESHOLDS[:, None]) & true).sum(axis=1)
    return np.asarray(2 * hits / np.maximum(found + truths, 1), np.float64)
