"""Which samples a run trains on, validates on and holds back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from crackscope.datasets.find import find_samples
from crackscope.datasets.sample import Sample
from crackscope.datasets.split import Split, split_by_source
from crackscope.errors import DatasetError
from crackscope.training.recipe import CLASSIFY, Recipe


def find_split(folders: Iterable[Path], recipe: Recipe) -> Split:
    """Find the samples that a recipe's task can learn from, and split them as the recipe says.

    Sets that the recipe names and that are not there are passed over.

    Raises
    ------
    DatasetError
        If training would be empty, validation without a picture that has a mask, or, for a classifier, one of
        the two classes missing.
    """
    classifies = recipe.task == CLASSIFY
    split = split_samples(find_samples(folders, unmasked_cracks=classifies), recipe)
    if classifies:
        _check_both_classes(split)
    elif all(sample.mask is None for sample in split.validation):
        raise DatasetError(
            f"no picture with a mask is left for validation ({_amount(split)}); give more pictures with"
            " masks."
        )
    return split


def split_samples(samples: list[Sample], recipe: Recipe) -> Split:
    """Split samples as a recipe says.

    Raises
    ------
    DatasetError
        If nothing is left to train on.
    """
    test_shares = {name: own.test_share for name, own in recipe.data.sets.items()}
    split = split_by_source(
        samples, seed=recipe.seed, validation_share=recipe.data.validation_share, test_shares=test_shares
    )
    if not split.train:
        raise DatasetError(f"nothing is left to train on ({_amount(split)}); give more pictures.")
    return split


def _check_both_classes(split: Split) -> None:
    """Refuse one class alone; a picture with a mask has crops of both."""
    for part, samples in (("training", split.train), ("validation", split.validation)):
        cracked = sum(sample.mask is not None or sample.unmasked_crack for sample in samples)
        crack_free = sum(not sample.unmasked_crack for sample in samples)
        if not (cracked and crack_free):
            lacking = "crack-free" if cracked else "cracked"
            raise DatasetError(
                f"no {lacking} picture is left for {part} ({_amount(split)}); a classifier learns from both,"
                " so give more of them."
            )


def _amount(split: Split) -> str:
    samples = [sample for _, own in split.parts() for sample in own]
    return f"{len(samples)} pictures from {len({sample.source for sample in samples})} source photos"


def showing_true_widths(samples: Iterable[Sample], recipe: Recipe) -> list[Sample]:
    """Keep the samples that validation judges: with masks, of sets without a mask margin.

    Fat masks say nothing of a prediction's edges; where there are only such, they have to do.
    """
    masked = [sample for sample in samples if sample.mask is not None]
    sets = recipe.data.sets
    tight = [s for s in masked if s.set_name not in sets or sets[s.set_name].mask_margin_px == 0]
    return tight or masked


def validation_samples(split: Split, recipe: Recipe) -> list[Sample]:
    """Choose the samples on which a run is validated between epochs."""
    judged = showing_true_widths(split.validation, recipe)
    return choose_validation(judged, most=recipe.data.validation_pictures)


def choose_validation(samples: Sequence[Sample], *, most: int) -> list[Sample]:
    """Choose at most `most` samples: as many from each set as it has, shared evenly, spread over its
    names.
    """
    by_set: dict[str, list[Sample]] = {}
    for sample in sorted(samples):
        by_set.setdefault(sample.set_name, []).append(sample)
    chosen: list[Sample] = []
    for served, own in enumerate(sorted(by_set.values(), key=len)):
        share = min(len(own), max(1, (most - len(chosen)) // (len(by_set) - served)))
        chosen += [own[i] for i in np.linspace(0, len(own) - 1, share).round().astype(int)]
    return sorted(chosen)


def set_names(samples: Iterable[Sample]) -> list[str]:
    """Names of the sets that samples are of, sorted."""
    return sorted({sample.set_name for sample in samples})
