"""The page of a sweep: one HTML file that works offline, with every trial and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from crackscope.page_template import data_page
from crackscope.training.sweep.settings import SweepSettings
from crackscope.training.sweep.space import Choices, Space, yaml_text
from crackscope.training.sweep.trial import Trial, best_of
from crackscope.whole_file import whole_file


def write_page(
    path: Path,
    settings: SweepSettings,
    trials: Sequence[Trial],
    *,
    figure: str,
    importances: Mapping[str, float],
) -> None:
    """Write the page.

    Parameters
    ----------
    path : Path
        In the sweep's folder.
    settings : SweepSettings
    trials : sequence of Trial
        By number.
    figure : str
        Name of the validation figure that they are compared by.
    importances : mapping
        Dotted key → share of 1; empty where it was not estimated.

    Raises
    ------
    CrackscopeError
        If the file cannot be written.
    """
    best = best_of(tuple(trials))
    data = {
        "folder": str(path.parent),
        "recipe": settings.recipe.name,
        "epochs": settings.recipe.epochs,
        "data": [str(folder) for folder in settings.data_folders],
        "seed": settings.seed,
        "pruned_early": settings.prune,
        "wanted": settings.most_trials,
        "figure": figure,
        "best": None if best is None else best.number,
        "keys": [
            {"key": key, **_axis(space), "importance": importances.get(key)}
            for key, space in settings.space.items()
        ],
        "trials": [_row(trial, list(settings.space)) for trial in trials],
    }
    with whole_file(path) as temporary:
        temporary.write_text(data_page(files(__package__) / "page", "sweep", data), "utf-8")


def _axis(space: Space) -> dict[str, Any]:
    if isinstance(space, Choices):
        return {"scale": "choices", "choices": [yaml_text(value) for value in space.values]}
    return {"scale": "log" if space.log else "linear", "low": space.low, "high": space.high}


def _row(trial: Trial, keys: Sequence[str]) -> dict[str, Any]:
    values = [trial.values.get(key) for key in keys]
    return {
        "number": trial.number,
        "name": trial.name,
        "state": trial.state,
        "values": [value if isinstance(value, int | float) else yaml_text(value) for value in values],
        "texts": [yaml_text(value) for value in values],
        "figure": trial.figure,
        "best_epoch": trial.best_epoch,
        "epochs": trial.epochs,
        "seconds": round(trial.seconds, 1),
        "reason": trial.reason,
    }
