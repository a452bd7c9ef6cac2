"""`metrics.csv`, a row per epoch, and the curves drawn from it."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from crackscope.whole_file import whole_file

COLUMNS = (
    "epoch",
    "step",
    "learning_rate",
    "train_loss",
    "validation_f1",
    "validation_f1_best_threshold",
    "validation_threshold",
    "seconds",
)


class MetricsLog(Callback):
    """Write a row per epoch to ``metrics.csv`` and redraw ``curves.png``.

    A resumed run keeps the rows of the epochs before it and writes the later ones again.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "metrics.csv"
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
        if self._rows and int(self._rows[-1]["epoch"]) == trainer.current_epoch:
            return
        known = {
            name: f"{float(value):.6g}" for name, value in trainer.callback_metrics.items() if name in COLUMNS
        }
        validated = (trainer.current_epoch + 1) % (trainer.check_val_every_n_epoch or 1) == 0
        row = {name: value for name, value in known.items() if validated or not name.startswith("validation")}
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
            writer = csv.DictWriter(file, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(self._rows)
        if validated or trainer.current_epoch + 1 == trainer.max_epochs:
            draw_curves(self._rows, self._path.with_name("curves.png"))


def read_metrics(path: Path) -> list[dict[str, str]]:
    """Read ``metrics.csv``; empty where there is none."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def draw_curves(rows: list[dict[str, str]], path: Path) -> None:
    """Draw loss and validation F1 over the epochs as a PNG."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    left.plot(
        [int(r["epoch"]) for r in rows], [float(r.get("train_loss") or "nan") for r in rows], color="#2f6fb0"
    )
    left.set(xlabel="epoch", ylabel="training loss")
    validated = [r for r in rows if r.get("validation_f1")]
    epochs = [int(r["epoch"]) for r in validated]
    for column, label, colour in (
        ("validation_f1", "at threshold .5", "#2f6fb0"),
        ("validation_f1_best_threshold", "at the best threshold", "#c4572d"),
    ):
        right.plot(epochs, [float(r[column]) for r in validated], label=label, color=colour, marker=".")
    right.set(xlabel="epoch", ylabel="validation F1 (mean over sets)")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=120)
