"""The figure by which the trials of a sweep are compared, read from what a run leaves."""

from __future__ import annotations

import math
from pathlib import Path

from crackscope.training.metrics_log import read_metrics
from crackscope.training.recipe import Recipe
from crackscope.training.sweep.trial import RunFigures

METRICS = "metrics.csv"


def figure_name(recipe: Recipe) -> str:
    """Name the column of ``metrics.csv``, and the logged figure, whose highest value is the best."""
    from crackscope.training.tasks.kinds import KINDS  # noqa: PLC0415  loads PyTorch

    return KINDS[recipe.task].monitor


def read_run_figures(run_folder: Path, name: str) -> RunFigures:
    """Read the figures of a run, finished or not; none where there is no run.

    Parameters
    ----------
    run_folder : Path
    name : str
        As `figure_name` gives it.
    """
    rows = read_metrics(run_folder / METRICS)
    validated = [
        (float(row[name]), int(row["epoch"]) + 1)
        for row in rows
        if row.get(name) and math.isfinite(float(row[name]))
    ]
    best, epoch = max(validated, key=lambda each: (each[0], -each[1]), default=(None, None))
    seconds = sum(float(row.get("seconds") or 0.0) for row in rows)
    return RunFigures(best, epoch, len(rows), seconds)
