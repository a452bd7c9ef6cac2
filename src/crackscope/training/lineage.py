"""What a run learnt from, directly or by way of other runs: a model file states all of it with its terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from crackscope.training.recipe import NOT_STATED, Recipe


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


IMAGENET = Learnt("ImageNet-1k", 1_281_167, "non-commercial research and education")
"""Russakovsky et al. 2015, "ImageNet large scale visual recognition challenge"."""


def is_model_file(path: Path) -> bool:
    """Say whether a path is a model file rather than a run or checkpoint."""
    return path.suffix == ".onnx"


@dataclass(frozen=True, slots=True)
class Ancestry:
    """What stands behind a run, noted when it is begun.

    Parameters
    ----------
    inherited : tuple of Learnt
        What the runs that it starts from or is taught by had learnt from.
    inherited_sources : frozenset of str
        The source photos of those.
    teacher_sha256 : str, optional
        Of the teacher's checkpoint.
    """

    inherited: tuple[Learnt, ...] = ()
    inherited_sources: frozenset[str] = frozenset()
    teacher_sha256: str | None = None

    def to_document(self) -> dict[str, Any]:
        """Turn it into plain JSON values."""
        return {**asdict(self), "inherited_sources": sorted(self.inherited_sources)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_document` gave.

        Raises
        ------
        KeyError, TypeError
            If it is damaged.
        """
        return cls(
            inherited=tuple(Learnt(**each) for each in document["inherited"]),
            inherited_sources=frozenset(document["inherited_sources"]),
            teacher_sha256=document["teacher_sha256"],
        )


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
        Learnt(name, pictures, sets[name].terms if name in sets else NOT_STATED)
        for name, pictures in train_pictures.items()
    ]
    if recipe.model.pretrained == "imagenet":
        own.append(IMAGENET)
    weights = recipe.model.encoder_weights
    return own if weights is None else [*own, Learnt(weights.origin, weights.pictures, weights.terms)]


def merge_lineages(*lineages: Iterable[Learnt]) -> tuple[Learnt, ...]:
    """Join lineages, sorted by name.

    A set stands once for each terms under which it is named, with the larger number of pictures; without
    terms only where no lineage states any.
    """
    merged: dict[tuple[str, str], int] = {}
    for learnt in (each for lineage in lineages for each in lineage):
        key = (learnt.name, learnt.terms)
        merged[key] = max(learnt.pictures, merged.get(key, 0))
    stated = {name for name, terms in merged if terms != NOT_STATED}
    return tuple(
        Learnt(name, pictures, terms)
        for (name, terms), pictures in sorted(merged.items())
        if terms != NOT_STATED or name not in stated
    )
