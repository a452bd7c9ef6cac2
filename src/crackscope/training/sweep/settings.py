"""What must stay the same from the first trial of a sweep to the last, resumed or not."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from crackscope.errors import CrackscopeError, RecipeError
from crackscope.training.recipe import Recipe, parse_recipe, recipe_document
from crackscope.training.run_files import write_json
from crackscope.training.samples import find_split
from crackscope.training.sweep.space import Space, combinations, parse_space, yaml_text

SETTINGS_FILE: Final = "sweep.json"
SCHEMA_VERSION: Final = 1

_FIXED: Final = {
    "name": "it names the recipe",
    "task": "the figures of two tasks cannot be compared",
    "seed": "it decides which pictures judge a trial",
    "data.validation_share": "it decides which pictures judge a trial",
    "data.validation_pictures": "it decides which pictures judge a trial",
    "data.sets.*.test_share": "it decides which pictures judge a trial",
    "data.sets.*.mask_margin_px": "it decides which pictures judge a trial",
    "data.sets.*.draw": "it decides what each set counts in the figure of a trial",
}
"""Keys that decide how a trial is judged, so that trials which differ in them could not be compared."""


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """What is varied, around which recipe, on which pictures.

    Parameters
    ----------
    recipe : Recipe
        As it is where nothing is varied.
    space : mapping
        Dotted key → space.
    data_folders : tuple of Path
    pictures : str
        A hash of the pictures' names and parts.
    seed : int
        Of the proposals.
    prune : bool
        Stop trials that do worse than others did.
    trials : int
        How many there shall be in the end, pruned and failed ones among them; this may change.
    """

    recipe: Recipe
    space: Mapping[str, Space]
    data_folders: tuple[Path, ...]
    pictures: str
    seed: int = 0
    prune: bool = False
    trials: int = 1

    @property
    def most_trials(self) -> int:
        """The trials that are wanted, or all that can differ where the space has fewer combinations."""
        count = combinations(self.space)
        return self.trials if count is None else min(self.trials, count)

    def recipe_of(self, values: Mapping[str, Any], *, source: str) -> Recipe:
        """Put a trial's values into the recipe.

        Parameters
        ----------
        values : mapping
            Dotted key → value.
        source : str
            Names the trial in errors.

        Raises
        ------
        RecipeError
            If the values do not fit together.
        """
        return parse_recipe(_changed(recipe_document(self.recipe), values, source=source), source=source)

    def check_space(self) -> None:
        """See that each key is in the recipe, and that each choice and both ends of each range fit it.

        Raises
        ------
        RecipeError
            Naming the first that does not.
        """
        for key, space in self.space.items():
            for pattern, why in _FIXED.items():
                if _overlap(key, pattern):
                    raise RecipeError(f"--vary {key}: {why}; sweep another key, or give it with --set.")
            for value in space.ends:
                self.recipe_of({key: value}, source=f"--vary {key}={yaml_text(value)}")

    def require_same(self, begun: SweepSettings, folder: Path) -> None:
        """Refuse to go on with a sweep that was begun with other settings.

        Raises
        ------
        CrackscopeError
            Naming the first setting that differs.
        """
        for same, difference in (
            (self.recipe == begun.recipe, "another recipe"),
            (self.space == begun.space, f"another space ({_shown(begun.space)})"),
            (
                set(self.data_folders) == set(begun.data_folders),
                f"other data ({', '.join(map(str, begun.data_folders))})",
            ),
            (self.pictures == begun.pictures, "other pictures in the same folders"),
            (self.seed == begun.seed, f"seed {begun.seed}"),
            (self.prune == begun.prune, "pruning" if begun.prune else "no pruning"),
        ):
            if not same:
                raise CrackscopeError(
                    f"{folder}: was begun with {difference}; leave it out to go on as begun,"
                    " or choose another folder."
                )

    def write(self, folder: Path) -> None:
        """Write ``sweep.json`` whole or not at all."""
        write_json(
            folder / SETTINGS_FILE,
            {
                "schema_version": SCHEMA_VERSION,
                "seed": self.seed,
                "prune": self.prune,
                "trials": self.trials,
                "data": [str(each) for each in self.data_folders],
                "pictures": self.pictures,
                "space": {key: str(space) for key, space in self.space.items()},
                "recipe": recipe_document(self.recipe),
            },
        )

    @classmethod
    def read(cls, folder: Path) -> SweepSettings:
        """Read ``sweep.json``.

        Raises
        ------
        CrackscopeError
            If there is none, it is damaged or of a newer schema.
        """
        path = folder / SETTINGS_FILE
        try:
            document = json.loads(path.read_text("utf-8"))
            if document["schema_version"] > SCHEMA_VERSION:
                raise CrackscopeError(f"{path}: was written by a newer crackscope; upgrade to go on with it.")
            return cls(
                recipe=parse_recipe(document["recipe"], source=str(path)),
                space={key: parse_space(text) for key, text in document["space"].items()},
                data_folders=tuple(Path(each) for each in document["data"]),
                pictures=str(document["pictures"]),
                seed=int(document["seed"]),
                prune=bool(document["prune"]),
                trials=int(document["trials"]),
            )
        except FileNotFoundError as error:
            raise CrackscopeError(
                f"{folder}: nothing to resume, {SETTINGS_FILE} is missing; start without --resume."
            ) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CrackscopeError(f"{path}: is damaged; begin the sweep anew in another folder.") from error


def fingerprint_of(data_folders: Sequence[Path], recipe: Recipe) -> str:
    """Hash the names of the pictures that a recipe trains and validates on, and see that there are some.

    Raises
    ------
    DatasetError
        If a folder holds no dataset, a picture lacks its mask, or nothing is left to train or validate on.
    """
    split = find_split(data_folders, recipe)
    lines = sorted(f"{part}\0{each.image.resolve()}" for part, samples in split.parts() for each in samples)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:20]


def _changed(document: dict[str, Any], values: Mapping[str, Any], *, source: str) -> dict[str, Any]:
    for key, value in values.items():
        *above, last = key.split(".")
        place = document
        for name in above:
            inner = place.setdefault(name, {})
            if inner is None:  # spelled out as "none"
                inner = place[name] = {}
            if not isinstance(inner, dict):
                raise RecipeError(f"{source}: {name} is a plain value and has no parts; see docs/train.md.")
            place = inner
        place[last] = copy.deepcopy(value)
    return document


def _overlap(key: str, pattern: str) -> bool:
    """Tell whether a key is, holds, or is held by, what a pattern names."""
    pairs = zip(key.split("."), pattern.split("."), strict=False)
    return all(wanted in ("*", name) for name, wanted in pairs)


def _shown(space: Mapping[str, Space]) -> str:
    return ", ".join(f"{key}={each}" for key, each in space.items())
