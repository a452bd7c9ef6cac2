"""`metrics.csv`, a row per epoch, and the curves drawn from it."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping
from pathlib import Path

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from crackscope.whole_file import whole_file

_BEFORE = ("epoch", "step", "learning_rate", "train_loss")
_AFTER = ("seconds",)
_COLOURS = ("#2f6fb0", "#c4572d", "#3d8b57", "#7a5ba8", "#8a6d1f", "#a33f6b")


class MetricsLog(Callback):
    """Write a row per epoch to ``metrics.csv`` and redraw ``curves.png``.

    A resumed run keeps the rows of the epochs before it and writes the later ones again.

    Parameters
    ----------
    folder : Path
    figures : mapping
        Every figure of validation that the task logs, and what its curve is called; empty where none is
        drawn.
    """

    def __init__(self, folder: Path, figures: Mapping[str, str]) -> None:
        self._path = folder / "metrics.csv"
        self._figures = figures
        self._columns = (*_BEFORE, *figures, *_AFTER)
        self._rows: list[dict[str, str]] = []
        self._began = 0.0

    def on_train_start(self, trainer: pl.Trainer, _module: pl.LightningModule) -> None:
        """Take over the rows that a resumed run does not write again."""
        self._rows = [row for row in read_metrics(self._path) if int(row["step"]) <= trainer.global_step]

    def on_train_epoch_start(self, _trainer: pl.Trainer, _module: pl.LightningModule) -> None:
        """Start the clock."""
        self._began = time.monotonic()

    def on_train_epoch_end(self, trainer: pl.Trainer, _module: pl.LightningModule) -> None:
        """Write the epoch's row; an epoch that was whole when its checkpoint was written has one already."""
        written = bool(self._rows) and int(self._rows[-1]["epoch"]) == trainer.current_epoch
        if written or not trainer.is_global_zero:
            return
        known = {
            name: f"{float(value):.6g}"
            for name, value in trainer.callback_metrics.items()
            if name in self._columns
        }
        validated = (trainer.current_epoch + 1) % (trainer.check_val_every_n_epoch or 1) == 0
        row = {name: value for name, value in known.items() if validated or name not in self._figures}
        row |= {
            "epoch": str(trainer.current_epoch),
            "step": str(trainer.global_step),
            "learning_rate": f"{max(group['lr'] for group in trainer.optimizers[0].param_groups):.3g}",
            "seconds": f"{time.monotonic() - self._began:.1f}",
        }
        self._rows.append(row)
        with (
            whole_file(self._path) as temporary,
            temporary.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, self._columns, restval="")
            writer.writeheader()
            writer.writerows(self._rows)
        if validated or trainer.current_epoch + 1 == trainer.max_epochs:
            draw_curves(self._rows, self._figures, self._path.with_name("curves.png"))


def read_metrics(path: Path) -> list[dict[str, str]]:
    """Read ``metrics.csv``; empty where there is none."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def draw_curves(rows: list[dict[str, str]], figures: Mapping[str, str], path: Path) -> None:
    """Draw loss and figures of validation over the epochs as a PNG."""
    canvas = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(canvas)
    left, right = canvas.subplots(1, 2)
    left.plot(
        [int(r["epoch"]) for r in rows],
        [float(r.get("train_loss") or "nan") for r in rows],
        color=_COLOURS[0],
    )
    left.set(xlabel="epoch", ylabel="training loss")
    drawn = [(column, label) for column, label in figures.items() if label]
    for (column, label), colour in zip(drawn, _COLOURS, strict=False):
        judged = [r for r in rows if r.get(column)]
        epochs = [int(r["epoch"]) for r in judged]
        right.plot(epochs, [float(r[column]) for r in judged], label=label, color=colour, marker=".")
    right.set(xlabel="epoch", ylabel="validation")
    if drawn:
        right.legend(frameon=False)
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    with whole_file(path) as temporary:
        canvas.savefig(temporary, dpi=120)
