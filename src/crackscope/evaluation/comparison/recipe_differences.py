"""What the recipes of runs differ in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crackscope.evaluation.comparison.entrants import Entrant
from crackscope.training.recipe import recipe_document
from crackscope.training.recipe_keys import flatten

_NOT_COMPARED = ("name",)


@dataclass(frozen=True, slots=True)
class RecipeDifference:
    """A key that is not the same in all recipes.

    Parameters
    ----------
    key : str
        Dotted.
    values : tuple of str or None
        One per run; None where a recipe does not have it.
    """

    key: str
    values: tuple[str | None, ...]


def recipe_differences(entrants: Sequence[Entrant]) -> tuple[RecipeDifference, ...]:
    """List the keys in which runs differ: of their recipes, then their training pictures and precision.

    Parameters
    ----------
    entrants : sequence of Entrant

    Returns
    -------
    tuple of RecipeDifference
        In the order of the recipes.
    """
    flat = [_facts(each) for each in entrants]
    keys = dict.fromkeys(key for each in flat for key in each)
    rows = [RecipeDifference(key, tuple(each.get(key) for each in flat)) for key in keys]
    return tuple(row for row in rows if len(set(row.values)) > 1)


def _facts(entrant: Entrant) -> dict[str, str]:
    run = entrant.run
    document = {key: value for key, value in recipe_document(run.recipe).items() if key not in _NOT_COMPARED}
    facts = flatten(document)
    facts |= flatten({"training pictures": run.pictures.get("train", {})})
    return facts if run.precision is None else facts | {"computed in": run.precision}
