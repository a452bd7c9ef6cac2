"""What a run learnt from, directly or by way of other runs: a model file states all of it with its terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crackscope.training.recipe import Recipe


@dataclass(frozen=True, slots=True, order=True)
class Learnt:
    """A set of pictures that a run learnt from.

    Parameters
    ----------
    name : str
    pictures : int
        0 where the number is not known.
    terms : str
        The publisher's.
    """

    name: str
    pictures: int
    terms: str


def own_lineage(recipe: Recipe, train_pictures: Mapping[str, int]) -> list[Learnt]:
    """List a recipe's own sets, and what its encoder's weights were learnt from.

    Parameters
    ----------
    recipe : Recipe
    train_pictures : mapping
        Set → number of pictures in the training part.
    """
    sets = recipe.data.sets
    own = [
        Learnt(name, pictures, sets[name].terms if name in sets else "not stated")
        for name, pictures in train_pictures.items()
    ]
    weights = recipe.model.encoder_weights
    return own if weights is None else [*own, Learnt(weights.origin, weights.pictures, weights.terms)]


def merge_lineages(*lineages: Iterable[Learnt]) -> tuple[Learnt, ...]:
    """Join lineages, sorted by name; where one name stands in several, the first counts."""
    merged: dict[str, Learnt] = {}
    for lineage in lineages:
        for learnt in lineage:
            merged.setdefault(learnt.name, learnt)
    return tuple(sorted(merged.values()))
