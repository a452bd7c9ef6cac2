"""Feeds trackers from a training."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities.seed import isolate_rng

from crackscope.training.metrics_log import read_metrics
from crackscope.training.run_folder import RunFolder
from crackscope.training.tracking.guarded import Guarded
from crackscope.training.tracking.parameters import tracked_run

_SHEET = re.compile(r"epoch-(\d+)\.jpg")


class TrackingCallback(Callback):
    """Give trackers the rows of ``metrics.csv`` and the sheets of ``validation/`` as they are written.

    Stands behind `MetricsLog` among the callbacks. Trackers get every row and sheet up to the epoch, so one
    that joins when a run is resumed, or was away before, gets what it lacks. Random numbers that they draw
    do not change the training.

    Parameters
    ----------
    trackers : sequence of Guarded
    run_folder : Path
        Holds the recipe, the data and the versions by the time the training starts.
    """

    def __init__(self, trackers: Sequence[Guarded], run_folder: Path) -> None:
        self._trackers = trackers
        self._folder = run_folder

    def on_train_start(self, trainer: pl.Trainer, _module: pl.LightningModule) -> None:
        """Begin the records, or go on with those of the resumed run."""
        if not self._trackers or not trainer.is_global_zero:
            return
        run = tracked_run(RunFolder.open(self._folder))
        with isolate_rng():
            for tracker in self._trackers:
                tracker.begin(run, resumed=trainer.global_step > 0)

    def on_train_epoch_end(self, trainer: pl.Trainer, _module: pl.LightningModule) -> None:
        """Hand on what the epoch wrote."""
        if not self._trackers or not trainer.is_global_zero:
            return
        epoch = trainer.current_epoch
        rows = [row for row in read_metrics(self._folder / "metrics.csv") if int(row["epoch"]) <= epoch]
        sheets = self._sheets()
        with isolate_rng():
            for tracker in self._trackers:
                for row in rows:
                    own = int(row["epoch"])
                    tracker.figures(_figures(row), epoch=own, step=int(row["step"]))
                    if own in sheets:
                        tracker.picture(sheets[own], epoch=own)

    def _sheets(self) -> dict[int, Path]:
        """Find the sheets by their epochs, counted as in ``metrics.csv``, where the first is 0."""
        found = {}
        for path in (self._folder / "validation").glob("*.jpg"):
            if named := _SHEET.fullmatch(path.name):
                found[int(named[1]) - 1] = path
        return found


def _figures(row: Mapping[str, str]) -> dict[str, float]:
    return {name: float(value) for name, value in row.items() if value and name not in ("epoch", "step")}
