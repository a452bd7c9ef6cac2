import random
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from torch import Tensor
from torch.utils.data import DataLoader

from crackscope.training.metrics_log import MetricsLog, read_metrics
from crackscope.training.tracking import Guarded
from crackscope.training.tracking.callback import TrackingCallback


class _Line(pl.LightningModule):
    """Fits a line under noise from the global generators."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def training_step(self, batch: Tensor, _index: int) -> Tensor:
        loss = (self.layer(batch) - 2 * batch + torch.randn(1) * random.random()).square().mean()
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: Tensor, _index: int) -> None:
        self.log("validation_f1", 1 / (1 + (self.layer(batch) - 2 * batch).abs().mean()))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class _Sheets(Callback):
    def __init__(self, folder: Path, sheet: Path) -> None:
        self._folder, self._sheet = folder, sheet

    def on_validation_epoch_end(self, trainer: pl.Trainer, _module: pl.LightningModule) -> None:
        name = f"epoch-{trainer.current_epoch + 1:04d}.jpg"
        (self._folder / "validation" / name).write_bytes(self._sheet.read_bytes())


def _train(
    run_folder: Path, sheet: Path, trackers: list[Guarded], *, epochs: int, resume: bool = False
) -> None:
    pl.seed_everything(3, verbose=False)
    last = ModelCheckpoint(
        run_folder,
        "last",
        save_on_train_epoch_end=True,
        enable_version_counter=False,
        save_weights_only=False,
    )
    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        callbacks=[
            _Sheets(run_folder, sheet),
            MetricsLog(run_folder, {"validation_f1": "F1"}),
            TrackingCallback(trackers, run_folder),
            last,
        ],
        check_val_every_n_epoch=2,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    batches = DataLoader(torch.linspace(0, 1, 8)[:, None], batch_size=4)  # type: ignore[arg-type]
    trainer.fit(_Line(), batches, batches, ckpt_path=run_folder / "last.ckpt" if resume else None)


def test_trackers_get_the_rows_of_metrics_csv_and_the_sheets_of_their_epochs(
    run_folder: Path, sheet: Path, notes: Any
):
    inner = notes()
    _train(run_folder, sheet, [Guarded("notes", inner)], epochs=2)
    rows = read_metrics(run_folder / "metrics.csv")
    assert [call[:2] for call in inner.calls] == [
        ("begin", "walls"),
        ("figures", 0),
        ("figures", 1),
        ("picture", 1),
    ]
    assert inner.calls[3] == ("picture", 1, "epoch-0002.jpg")
    for (_, epoch, step, figures), row in zip(inner.calls[1:3], rows, strict=True):
        assert (str(epoch), str(step)) == (row["epoch"], row["step"])
        left = {name: float(value) for name, value in row.items() if value and name not in ("epoch", "step")}
        assert figures == left
    assert "validation_f1" not in inner.calls[1][3]
    assert "validation_f1" in inner.calls[2][3]


def test_a_resumed_run_goes_on_with_its_records_and_fills_those_that_join(
    run_folder: Path, sheet: Path, notes: Any
):
    _train(run_folder, sheet, [Guarded("first", notes(identity={"run": "a"}))], epochs=2)
    first, joining = notes(identity={"run": "a"}), notes()
    trackers = [Guarded("first", first), Guarded("joining", joining)]
    _train(run_folder, sheet, trackers, epochs=4, resume=True)
    assert first.calls[0] == ("begin", "walls", {"run": "a"})
    assert [call[:2] for call in first.calls[1:]] == [("figures", 2), ("figures", 3), ("picture", 3)]
    assert [call[1] for call in joining.calls if call[0] == "figures"] == [0, 1, 2, 3]
    assert [call[1] for call in joining.calls if call[0] == "picture"] == [1, 3]


def test_a_tracker_that_fails_or_draws_random_numbers_leaves_the_training_as_it_is(
    tmp_path: Path, sheet: Path, notes: Any, make_run_folder: Any
):
    class Drawing(notes):  # type: ignore[misc]
        def figures(self, figures: dict[str, float], *, epoch: int, step: int) -> None:
            random.random()
            torch.rand(3)
            super().figures(figures, epoch=epoch, step=step)

    losses = []
    for name, trackers in (
        ("alone", []),
        ("tracked", [Guarded("drawing", Drawing()), Guarded("failing", Drawing(fails_in="figures"))]),
    ):
        folder = make_run_folder(tmp_path / name)
        _train(folder, sheet, trackers, epochs=3)
        losses.append([row["train_loss"] for row in read_metrics(folder / "metrics.csv")])
    assert losses[0] == losses[1]
    assert len(set(losses[0])) == 3
    assert [bool(each.failure) for each in trackers] == [False, True]


def test_only_the_first_of_several_processes_records(run_folder: Path, notes: Any):
    class Second:
        is_global_zero = False
        global_step = 0
        current_epoch = 0

    inner = notes()
    callback = TrackingCallback([Guarded("notes", inner)], run_folder)
    callback.on_train_start(Second(), _Line())  # type: ignore[arg-type]
    callback.on_train_epoch_end(Second(), _Line())  # type: ignore[arg-type]
    assert inner.calls == []


@pytest.mark.parametrize("name", ["epoch-0001.jpg.part", ".epoch-0001.77.jpg", "notes.jpg"])
def test_other_files_beside_the_sheets_are_passed_over(name: str, run_folder: Path, sheet: Path, notes: Any):
    (run_folder / "validation" / name).write_bytes(sheet.read_bytes())
    inner = notes()
    _train(run_folder, sheet, [Guarded("notes", inner)], epochs=1)
    assert "picture" not in [call[0] for call in inner.calls]
