"""Reports a trial's validations to its sweep while it is trained, and stops it when the sweep says so."""

from __future__ import annotations

import math

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback

from crackscope.training.sweep.study import LiveTrial


class Watcher(Callback):
    """Report each validation's figure.

    Parameters
    ----------
    trial : LiveTrial
    figure : str
        Name of the logged figure.

    Attributes
    ----------
    stopped : bool
        Whether the trial was stopped for doing worse than others.
    """

    def __init__(self, trial: LiveTrial, figure: str) -> None:
        self._trial = trial
        self._figure = figure
        self.stopped = False

    def on_validation_end(self, trainer: pl.Trainer, _module: pl.LightningModule) -> None:
        """Report, and stop after this epoch where that is due and would spare anything."""
        value = trainer.callback_metrics.get(self._figure)
        if trainer.sanity_checking or value is None or not math.isfinite(float(value)):
            return
        due = self._trial.report(trainer.current_epoch, float(value))
        if due and trainer.current_epoch + 1 < (trainer.max_epochs or math.inf):
            self.stopped = True
            trainer.should_stop = True
