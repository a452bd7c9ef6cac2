"""What the terminal shows of a sweep: a line as each trial begins and ends, and a table of all."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from crackscope.cli.table import text_table

if TYPE_CHECKING:
    from crackscope.training.sweep.settings import SweepSettings
    from crackscope.training.sweep.sweep import Outcome
    from crackscope.training.sweep.trial import Trial


def begin_line(trial: Trial) -> str:
    """Say which values a trial is trained with."""
    return f"{trial.name}: {', '.join(f'{key}={_shown(value)}' for key, value in trial.values.items())}"


def end_line(trial: Trial) -> str:
    """Say what came of a trial."""
    if trial.state == "failed":
        return f"{trial.name}: failed: {trial.reason}"
    figure = "no figure" if trial.figure is None else f"{trial.figure:.4f}"
    epochs = "1 epoch" if trial.epochs == 1 else f"{trial.epochs} epochs"
    early = ", stopped early" if trial.state == "pruned" else ""
    return f"{trial.name}: {figure} after {epochs}, {_minutes(trial)} min{early}"


def summary(outcome: Outcome, settings: SweepSettings) -> str:
    """Lay out all trials as a table, and say which is the best and what to do next."""
    from crackscope.training.sweep.sweep import BEST_RECIPE, PAGE

    keys, best, trials = list(settings.space), outcome.best, outcome.trials
    rows = [
        [
            trial.name,
            *(_shown(trial.values.get(key)) for key in keys),
            None if trial.figure is None else f"{trial.figure:.4f}",
            trial.epochs,
            _minutes(trial),
            "best" if trial is best else trial.state,
        ]
        for trial in trials
    ]
    header = ["trial", *keys, "figure", "epochs", "min", "state"]
    lines = [text_table(header, rows, right=["figure", "min", *keys]), "", f"figure: {outcome.figure}"]
    lines += [f"{trial.name} failed: {trial.reason}" for trial in trials if trial.state == "failed"]
    if outcome.importances:
        shares = ", ".join(f"{key} {share:.0%}" for key, share in outcome.importances.items())
        lines.append(f"importance: {shares}")
    if settings.most_trials < settings.trials:
        lines.append(f"the space has no more than {settings.most_trials} combinations")
    if any(trial.state == "running" for trial in trials):
        lines.append("trials still running belong to another process; if it was stopped, go on with --resume")
    lines.append(f"page: {outcome.folder / PAGE}")
    if best is not None:
        lines.append(f"best: {outcome.folder / best.name}, its recipe {outcome.folder / BEST_RECIPE}")
        lines.append(f"next: {_next_command(outcome, best)}")
    return "\n".join(lines)


def _next_command(outcome: Outcome, best: Trial) -> str:
    others = [trial for trial in outcome.trials if trial.state == "done" and trial is not best]
    if not others:
        return shlex.join(["crackscope", "export", str(outcome.folder / best.name)])
    second = max(others, key=lambda trial: trial.figure or 0.0)
    return shlex.join(
        ["crackscope", "compare", *(str(outcome.folder / each.name) for each in (best, second))]
    )


def _shown(value: object) -> str:
    from crackscope.training.sweep.space import yaml_text

    return f"{value:.4g}" if isinstance(value, float) else yaml_text(value)


def _minutes(trial: Trial) -> str:
    return f"{trial.seconds / 60:.1f}"
