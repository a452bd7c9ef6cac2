"""A sheet of what a classifier answered at validation, the worst answers first."""

from __future__ import annotations

import lightning.pytorch as pl
import torch

from crackscope.imaging.arrays import RgbPixels
from crackscope.training.answer_sheet import Answer, draw_answers
from crackscope.training.classification_data import ClassificationData
from crackscope.training.tasks.task import Batch

MOST_ANSWERS = 15


def draw_worst(data: ClassificationData, module: pl.LightningModule) -> RgbPixels:
    """Draw the answers that are farthest from the truth.

    Parameters
    ----------
    data : ClassificationData
        What the validation views are of.
    module : LightningModule

    Returns
    -------
    uint8 array, shape (H, W, 3)
    """
    kept: list[Batch] = module.answers  # type: ignore[assignment]  # the task's, just filled
    view, cracked, probability = (
        torch.cat([answer[name] for answer in kept]) for name in ("view", "cracked", "probability")
    )
    miss = (probability - cracked.float()).abs()
    worst = miss.argsort(descending=True, stable=True)[:MOST_ANSWERS].tolist()
    return draw_answers([_answer(data, int(view[at]), float(probability[at])) for at in worst])


def _answer(data: ClassificationData, number: int, probability: float) -> Answer:
    view = data.views[number]
    return Answer(
        data.pixels_of(number),
        view.cracked,
        probability,
        wrong=(probability >= 0.5) != view.cracked,
        name=data.sample_of(number).key,
        place="" if view.box is None else f"row {view.box.row}, column {view.box.column}",
    )
