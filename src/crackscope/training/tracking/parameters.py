"""A run's recipe and data as flat parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import yaml

from crackscope.training.recipe import recipe_document
from crackscope.training.run_folder import RunFolder
from crackscope.training.tracking.tracker import TrackedRun


def tracked_run(run: RunFolder) -> TrackedRun:
    """Gather what trackers record of a run before its first epoch."""
    recipe = recipe_document(run.recipe)
    data = {
        "data_folders": [str(folder) for folder in run.data_folders],
        "pictures": run.pictures,
        "precision": run.precision,
    }
    return TrackedRun(
        folder=run.path,
        parameters=flat(recipe) | flat({"run": data}),
        environment={name: str(version) for name, version in run.versions.items()},
        recipe=yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True),
    )


def flat(document: Mapping[str, object]) -> dict[str, str]:
    """Flatten nested mappings, and lists of them, to dotted keys; values as JSON, strings bare.

    Examples
    --------
    >>> flat({"epochs": 3, "losses": [{"name": "bce"}], "data": {"scale_range": [0.5, 2.0], "sets": {}}})
    {'epochs': '3', 'losses.0.name': 'bce', 'data.scale_range': '[0.5, 2.0]', 'data.sets': '{}'}
    """
    return dict(_leaves(document, ""))


def _leaves(value: object, key: str) -> Iterator[tuple[str, str]]:
    inner: list[tuple[object, object]] = []
    if isinstance(value, Mapping):
        inner = list(value.items())
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        inner = list(enumerate(value))
    if not inner:
        yield key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    for name, each in inner:
        yield from _leaves(each, f"{key}.{name}" if key else str(name))
