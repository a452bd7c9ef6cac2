"""Teach a network to tell cracked pictures from crack-free ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from crackscope.datasets.split import Split
from crackscope.errors import RecipeError
from crackscope.training.answer_pictures import draw_worst
from crackscope.training.classification_data import ClassificationData
from crackscope.training.losses import LossFunction, sum_of_losses
from crackscope.training.normalisation import from_uint8, normalise
from crackscope.training.ranking import Ranking, best_threshold
from crackscope.training.recipe import LossTerm, Recipe
from crackscope.training.tasks.kind import DataPlan, TaskKind
from crackscope.training.tasks.task import Batch, CrackTask
from crackscope.training.validation_sheet import ValidationSheet

SMOOTHING = "smoothing"
"""Option of every loss: how far truth is drawn from 0 and 1 towards .5, where 1 is all the way."""


class ClassificationTask(CrackTask):
    """Labelled crops in, loss out; labelled pictures and patches in, AUROC and F1 out.

    Parameters
    ----------
    recipe : Recipe
    steps : int
        Optimiser steps of the whole run, for the schedule.
    """

    # The finest of them: it still moves where every threshold is as good as the next.
    monitor = "validation_auroc"
    figures: ClassVar[Mapping[str, str]] = {
        "validation_auroc": "AUROC",
        "validation_f1_best_threshold": "F1 at the best threshold",
        "validation_f1": "",
        "validation_threshold": "",
        "validation_accuracy": "accuracy at threshold .5",
    }

    def __init__(self, recipe: Recipe, *, steps: int) -> None:
        super().__init__(recipe, steps=steps)
        self._losses = [_smoothed_loss(term) for term in recipe.losses]
        self.answers: list[Batch] = []

    def loss_of(self, batch: Batch) -> Tensor:
        """Compute the loss of one batch of crops."""
        with torch.autocast(self.device.type, enabled=False):  # bfloat16 has fewer steps than a colour
            pixels = self.augment(from_uint8(batch["pixels"]))
        logits = self.network(normalise(pixels)).float().view(-1, 1, 1, 1)
        truth, weight = (batch[name].view(-1, 1, 1, 1) for name in ("cracked", "loss_weight"))
        return torch.stack([loss(logits, truth, weight) for loss in self._losses]).sum()

    def on_validation_epoch_start(self) -> None:
        """Forget the answers of the last validation."""
        self.answers = []

    def validation_step(self, batch: Batch, _batch_index: int) -> None:
        """Keep the probability of each view, beside its truth and number."""
        logits = self.network(normalise(from_uint8(batch["pixels"]))).float()[:, 0]
        kept = {name: batch[name].cpu() for name in ("view", "cracked", "say")}
        self.answers.append({**kept, "probability": torch.sigmoid(logits).cpu()})

    def on_validation_epoch_end(self) -> None:
        """Log the figures, each set weighing as it is drawn."""
        probability, cracked, say = (
            torch.cat([answer[name] for answer in self.answers]).double().numpy()
            for name in ("probability", "cracked", "say")
        )
        self.log_figures(validation_figures(probability, cracked > 0, say))


def validation_figures(
    probability: np.ndarray[tuple[int], np.dtype[np.float64]],
    cracked: np.ndarray[tuple[int], np.dtype[np.bool_]],
    say: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> dict[str, float]:
    """Work out the figures of one validation.

    Parameters
    ----------
    probability : float64 array, shape (N,)
    cracked : bool array, shape (N,)
    say : float64 array, shape (N,)
        Weights; ignored where they leave only one class.

    Returns
    -------
    dict of float
        By the names of `ClassificationTask.figures`; those that need both classes are 0 without them.
    """
    if not (say[cracked].any() and say[~cracked].any()):
        say = np.ones(len(say))
    called = probability >= 0.5
    found = float(say[called & cracked].sum())
    threshold, best_f1 = best_threshold(probability, cracked, say) if cracked.any() else (0.5, 0.0)
    return {
        "validation_auroc": float(np.nan_to_num(Ranking(probability, cracked).auroc(say))),
        "validation_f1_best_threshold": best_f1,
        "validation_f1": 2 * found / max(1e-12, float(say[called].sum() + say[cracked].sum())),
        "validation_threshold": threshold,
        "validation_accuracy": float(np.average(called == cracked, weights=say)),
    }


def _smoothed_loss(term: LossTerm) -> LossFunction:
    """Make a term's loss, which takes the option `SMOOTHING` besides its own.

    References
    ----------
    Szegedy et al. (2016), "Rethinking the Inception architecture for computer vision", section 7.
    """
    options = dict(term.options)
    share = options.pop(SMOOTHING, 0.0)
    if not 0 <= share < 1:
        raise RecipeError(f"loss {term.name}: {SMOOTHING} is {share:g}; give a number from 0 to below 1.")
    loss = sum_of_losses([(term.name, term.weight, options)])
    return lambda logits, truth, weight: loss(logits, truth * (1 - share) + 0.5 * share, weight)


def _module(recipe: Recipe, _split: Split, steps: int) -> CrackTask:
    return ClassificationTask(recipe, steps=steps)


def _data(plan: DataPlan) -> tuple[pl.LightningDataModule, list[Callback]]:
    data = ClassificationData(plan)
    return data, [ValidationSheet(plan.run_folder, partial(draw_worst, data))]


KIND = TaskKind(ClassificationTask.monitor, _module, _data)
