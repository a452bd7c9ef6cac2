"""Train trial after trial until there are enough, and keep a sweep's folder up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from crackscope.errors import CrackscopeError
from crackscope.training.recipe import write_recipe
from crackscope.training.sweep.claims import Claim
from crackscope.training.sweep.figure import figure_name, read_run_figures
from crackscope.training.sweep.page import write_page
from crackscope.training.sweep.settings import SETTINGS_FILE, SweepSettings
from crackscope.training.sweep.study import LiveTrial, Study
from crackscope.training.sweep.trial import Trial, best_of
from crackscope.training.sweep.trial_run import Training, train_trial

BEST_RECIPE: Final = "best.yaml"
PAGE: Final = "sweep.html"
_LOCKS: Final = ".locks"
_FAILURES_TO_STOP_AT: Final = 3
"""So many and nothing else, and the fault is not in their values."""

Tell = Callable[[Trial], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sweep as it stands.

    Parameters
    ----------
    folder : Path
    figure : str
        Name of the validation figure that the trials are compared by.
    trials : tuple of Trial
        By number.
    importances : mapping
        Dotted key → share in what makes a trial one of the best; empty while trials are few.
    """

    folder: Path
    figure: str
    trials: tuple[Trial, ...]
    importances: Mapping[str, float]

    @property
    def best(self) -> Trial | None:
        """The trial with the highest figure; None while none has been trained to its end."""
        return best_of(self.trials)

    def to_document(self) -> dict[str, Any]:
        """Turn it into plain data for JSON."""
        best = self.best
        return {
            "sweep": str(self.folder),
            "figure": self.figure,
            "best": None if best is None else best.number,
            "best_recipe": None if best is None else str(self.folder / BEST_RECIPE),
            "page": str(self.folder / PAGE),
            "importances": dict(self.importances),
            "trials": [trial.to_document(self.folder) for trial in self.trials],
        }


def sweep(
    settings: SweepSettings,
    folder: Path,
    *,
    hours: float | None = None,
    training: Training | None = None,
    begins: Tell = lambda _: None,
    ended: Tell = lambda _: None,
) -> Outcome:
    """Train trials until there are enough; trials that an earlier call left unfinished go on first.

    Several processes may work on one folder at once; each trains trials of its own.

    Parameters
    ----------
    settings : SweepSettings
        Those in the folder, where it holds a sweep already.
    folder : Path
        Receives ``sweep.json``, ``sweep.db``, a run folder per trial, ``best.yaml`` and ``sweep.html``.
    hours : float, optional
        Begin no trial after this time; the one that is being trained goes to its end.
    training : Training, optional
    begins, ended : callable
        Called with each trial when it begins or goes on, and when it has ended.

    Returns
    -------
    Outcome

    Raises
    ------
    CrackscopeError
        If the folder cannot be written, holds another sweep, or the first trials all fail, so that something
        else than their values must be wrong.
    """
    last_start = None if hours is None else time.monotonic() + 3600 * hours
    study = _open(settings, folder)
    while last_start is None or time.monotonic() < last_start:
        with ExitStack() as held:
            live = _next(study, folder, settings.most_trials, held=held)
            if live is None:
                break
            begins(live.record)
            train_trial(live, settings, folder, training=training or Training())
        outcome = _write(study, settings, folder)
        ended(outcome.trials[live.record.number - 1])
        _stop_where_all_fail(outcome, settings.most_trials)
    return _write(study, settings, folder)


def _open(settings: SweepSettings, folder: Path) -> Study:
    with Claim(folder / _LOCKS / "sweep", wait=True):
        begun = SweepSettings.read(folder) if (folder / SETTINGS_FILE).exists() else None
        if begun is not None:
            settings.require_same(begun, folder)
        if settings != begun:
            settings.write(folder)
        prune_from = max(1, round(settings.recipe.epochs / 3)) if settings.prune else None
        return Study(folder, settings.space, seed=settings.seed, prune_from_epoch=prune_from)


def _next(study: Study, folder: Path, most: int, *, held: ExitStack) -> LiveTrial | None:
    """Take up a trial that nobody is training, or begin one, and claim it until `held` ends."""
    with Claim(folder / _LOCKS / "sweep", wait=True):  # nobody must take a new trial for an abandoned one
        trials = study.trials()
        for trial in trials:
            if trial.state == "running" and _claimed(trial, folder, held):
                return study.take_up(trial.number)
        if len(trials) >= most:
            return None
        live = study.propose()
        _claimed(live.record, folder, held)
        return live


def _claimed(trial: Trial, folder: Path, held: ExitStack) -> bool:
    claim = Claim(folder / _LOCKS / trial.name, wait=False)
    held.callback(claim.release)
    return claim.held


def _write(study: Study, settings: SweepSettings, folder: Path) -> Outcome:
    """Write the best recipe and the page as the trials stand now."""
    figure = figure_name(settings.recipe)
    trials = tuple(
        _as_far_as_it_got(trial, folder, figure) if trial.state == "running" else trial
        for trial in study.trials()
    )
    outcome = Outcome(folder, figure, trials, study.importances())
    best = outcome.best
    if best is not None:
        write_recipe(settings.recipe_of(best.values, source=best.name), folder / BEST_RECIPE)
    write_page(folder / PAGE, settings, trials, figure=figure, importances=outcome.importances)
    return outcome


def _as_far_as_it_got(trial: Trial, folder: Path, figure: str) -> Trial:
    found = read_run_figures(folder / trial.name, figure)
    return replace(
        trial, figure=found.best, best_epoch=found.best_epoch, epochs=found.epochs, seconds=found.seconds
    )


def _stop_where_all_fail(outcome: Outcome, most: int) -> None:
    trials = outcome.trials
    all_failed = all(trial.state == "failed" for trial in trials)
    if all_failed and _FAILURES_TO_STOP_AT <= len(trials) < most:
        raise CrackscopeError(
            f"{outcome.folder}: the first {len(trials)} trials all failed, the last with"
            f" {trials[-1].reason!r}; put that right, then go on with --resume."
        )
