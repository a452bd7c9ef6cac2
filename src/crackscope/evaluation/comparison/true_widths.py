"""Which held-out pictures tell of every run how wide its cracks are."""

from __future__ import annotations

from collections.abc import Sequence

from crackscope.datasets.sample import Sample
from crackscope.training.recipe import Recipe
from crackscope.training.samples import showing_true_widths


def with_true_widths(samples: Sequence[Sample], recipes: Sequence[Recipe]) -> list[Sample]:
    """Keep what every run is validated on, masks that show true widths, and the crack-free pictures."""
    masked = [sample for sample in samples if sample.mask is not None]
    for recipe in recipes:
        masked = showing_true_widths(masked, recipe)
    return [*masked, *(sample for sample in samples if sample.mask is None)]
