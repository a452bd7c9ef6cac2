"""A classifier's answers for the pictures of datasets, whole or in patches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.datasets import Sample
from crackscope.datasets.patches import label_patches
from crackscope.errors import ModelFileError
from crackscope.evaluation.classification.answers import Answers
from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.imaging.box import Box

PatchPredict = Callable[[Sequence[RgbPixels]], NDArray[np.float32]]
"""From pictures, each shown whole, to float32 (N,)."""
PicturePredict = Callable[[RgbPixels], float]
"""From a picture of any size."""


@dataclass(frozen=True, slots=True)
class JudgedView:
    """One answer beside the truth.

    Parameters
    ----------
    sample : Sample
    box : Box, optional
        The patch of the picture; None for all of it.
    cracked : bool
        The truth.
    probability : float
    """

    sample: Sample
    box: Box | None
    cracked: bool
    probability: float

    @property
    def name(self) -> str:
        """The picture, and where in it a patch lies."""
        if self.box is None:
            return self.sample.key
        return f"{self.sample.key} at row {self.box.row}, column {self.box.column}"


def judge_whole(predict: PicturePredict, sample: Sample, pixels: RgbPixels, truth: BoolMask) -> JudgedView:
    """Judge a picture as a whole: it is cracked with any crack pixel, or where its folder says so.

    Raises
    ------
    ModelFileError
        If the model gives anything but a probability.
    """
    probability = predict(pixels)
    _check(np.array([probability]), sample)
    return JudgedView(sample, None, sample.unmasked_crack or bool(truth.any()), probability)


def judge_patches(
    predict: PatchPredict,
    sample: Sample,
    pixels: RgbPixels,
    truth: BoolMask,
    *,
    patch_px: int,
    min_crack_px: int,
) -> tuple[list[JudgedView], int]:
    """Judge a picture patch by patch, as its mask labels them.

    Returns
    -------
    judged : list of JudgedView
    left_out : int
        Patches with too little crack to be called cracked or crack-free.

    Raises
    ------
    ModelFileError
        If the model gives anything but probabilities.
    """
    patches = label_patches(truth, patch_px=patch_px, min_crack_px=min_crack_px)
    labelled = [(each.box, each.cracked) for each in patches if each.cracked is not None]
    found = predict([pixels[box.slices] for box, _ in labelled])
    _check(found, sample)
    judged = [
        JudgedView(sample, box, cracked, float(probability))
        for (box, cracked), probability in zip(labelled, found, strict=True)
    ]
    return judged, len(patches) - len(labelled)


def answers_of(judged: Iterable[JudgedView]) -> Answers:
    """Turn judged views into arrays; views of what must not be parted are of one source."""
    numbers: dict[str, int] = {}
    rows = [
        (view.probability, view.cracked, numbers.setdefault(view.sample.together, len(numbers)))
        for view in judged
    ]
    probability, cracked, source = zip(*rows, strict=True) if rows else ((), (), ())
    return Answers(np.array(probability, float), np.array(cracked, bool), np.array(source, np.intp))


def _check(probability: NDArray[np.generic], sample: Sample) -> None:
    values = probability.astype(np.float64)
    if not bool(np.all((values >= 0) & (values <= 1))):
        raise ModelFileError(
            f"{sample.key}: the model gave values that are no probabilities; train or export it again."
        )
