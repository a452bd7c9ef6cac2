"""What the recipes of runs differ in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crackscope.evaluation.comparison.entrants import Entrant
from crackscope.training.recipe import recipe_document

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


def flatten(document: Mapping[str, Any], *, above: str = "") -> dict[str, str]:
    """Spread a nested document over dotted keys; lists, numbers and words become text, nothing stays out.

    Examples
    --------
    >>> flatten({"model": {"name": "light", "crop_px": 64}, "seed": 1})
    {'model.name': 'light', 'model.crop_px': '64', 'seed': '1'}
    """
    flat: dict[str, str] = {}
    for key, value in document.items():
        name = f"{above}.{key}" if above else str(key)
        if isinstance(value, Mapping):
            flat |= flatten(value, above=name)
        elif value is not None:
            flat[name] = _text(value)
    return flat


def _text(value: Any) -> str:  # noqa: ANN401 - plain JSON values
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return ", ".join(_text(each) for each in value)
        case {"name": name, "weight": weight, "options": dict() as options}:
            words = "".join(f" {key} {each}" for key, each in flatten(options).items())
            return f"{name}{words} × {_text(weight)}"
        case _:
            return json.dumps(value, ensure_ascii=False)
