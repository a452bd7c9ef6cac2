"""A sheet of what a classifier answered at validation, the worst answers first."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback

from crackscope.imaging.encode import write_jpeg
from crackscope.training.answer_sheet import Answer, draw_answers
from crackscope.training.classification_data import ClassificationData
from crackscope.training.tasks.task import Batch

MOST_ANSWERS = 15


class AnswerPictures(Callback):
    """After each validation, draw the answers that are farthest from the truth.

    Parameters
    ----------
    folder : Path
    data : ClassificationData
        What the validation views are of.
    """

    def __init__(self, folder: Path, data: ClassificationData) -> None:
        self._folder = folder
        self._data = data

    def on_validation_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Draw and write the sheet of this epoch."""
        if trainer.sanity_checking or not trainer.is_global_zero:
            return
        kept: list[Batch] = module.answers  # type: ignore[assignment]  # the task's, just filled
        view, cracked, probability = (
            torch.cat([answer[name] for answer in kept]) for name in ("view", "cracked", "probability")
        )
        miss = (probability - cracked.float()).abs()
        worst = miss.argsort(descending=True, stable=True)[:MOST_ANSWERS].tolist()
        answers = [self._answer(int(view[at]), float(probability[at])) for at in worst]
        self._folder.mkdir(parents=True, exist_ok=True)
        write_jpeg(self._folder / f"epoch-{trainer.current_epoch + 1:04d}.jpg", draw_answers(answers))

    def _answer(self, number: int, probability: float) -> Answer:
        view = self._data.views[number]
        return Answer(
            self._data.pixels_of(number),
            view.cracked,
            probability,
            wrong=(probability >= 0.5) != view.cracked,
            name=self._data.sample_of(number).key,
            place="" if view.box is None else f"row {view.box.row}, column {view.box.column}",
        )
