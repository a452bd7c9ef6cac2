"""Teach a network to segment cracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor
from torch.nn import functional as F

from crackscope.datasets.split import Split
from crackscope.training.crop_data import CropData
from crackscope.training.losses import sum_of_losses
from crackscope.training.normalisation import from_uint8, normalise
from crackscope.training.prediction import predict_picture
from crackscope.training.recipe import Recipe
from crackscope.training.samples import set_names, validation_samples
from crackscope.training.tasks.kind import DataPlan, TaskKind
from crackscope.training.tasks.task import Batch, CrackTask
from crackscope.training.validation_pictures import draw_predictions
from crackscope.training.validation_sheet import ValidationSheet

_BINS = 100


class SegmentationTask(CrackTask):
    """Crops in, loss out; whole validation pictures in, pooled F1 out.

    Parameters
    ----------
    recipe : Recipe
    steps : int
        Optimiser steps of the whole run, for the schedule.
    validation_sets : sequence of str
        Names of the sets, in the order of the batches' numbers.
    """

    monitor = "validation_f1_best_threshold"
    figures: ClassVar[Mapping[str, str]] = {
        "validation_f1": "F1 at threshold .5",
        "validation_f1_best_threshold": "F1 at the best threshold",
        "validation_threshold": "",
    }

    def __init__(self, recipe: Recipe, *, steps: int, validation_sets: Sequence[str]) -> None:
        super().__init__(recipe, steps=steps)
        sets = recipe.data.sets
        self._set_weights = [sets[name].draw if name in sets else 1.0 for name in validation_sets]
        self.loss = sum_of_losses([(term.name, term.weight, term.options) for term in recipe.losses])
        self._counts: dict[int, np.ndarray[Any, np.dtype[np.int64]]] = {}

    def loss_of(self, batch: Batch) -> Tensor:
        """Compute the loss of one batch of crops."""
        with torch.autocast(self.device.type, enabled=False):  # bfloat16 has fewer steps than a colour
            pixels = self.augment(from_uint8(batch["pixels"]))
        logits = self.network(normalise(pixels)).float()
        truth = batch["mask"][:, None].float()
        weight = batch["loss_weight"].view(-1, 1, 1, 1).expand_as(truth)
        loss = self.loss(widen(logits, batch["mask_margin_px"]), truth, weight)
        if self.recipe.teacher is not None:
            # Unwidened and at full weight in every set: what a teacher says is as tight as its own masks.
            taught = self.loss(logits, batch["teacher"][:, None].float() / 255, torch.ones_like(truth))
            loss = torch.lerp(loss, taught, self.recipe.teacher.weight)
        return loss

    def on_validation_epoch_start(self) -> None:
        """Forget the counts of the last validation."""
        self._counts = {}

    def validation_step(self, batch: Batch, _batch_index: int) -> None:
        """Count pixels by probability and truth, per set."""
        probability = predict_picture(self.network, batch["pixels"][0].cpu().numpy())
        truth = batch["mask"][0].cpu().numpy().astype(np.int64)
        cells = (probability * (_BINS - 1e-4)).astype(np.int64) + _BINS * truth
        counts = np.bincount(cells.ravel(), minlength=2 * _BINS)
        own = int(batch["set"])
        self._counts[own] = self._counts.get(own, np.zeros(2 * _BINS, np.int64)) + counts

    def on_validation_epoch_end(self) -> None:
        """Log F1, the mean over sets weighed as they are drawn, at .5 and at the best threshold common to
        all.
        """
        own = sorted(self._counts)
        weights = [self._set_weights[number] for number in own]
        if not any(weights):
            weights = [1.0] * len(own)
        mean = np.average([f1_by_threshold(self._counts[number]) for number in own], axis=0, weights=weights)
        self.log_figures(
            {
                "validation_f1": float(mean[_BINS // 2]),
                "validation_f1_best_threshold": float(mean.max()),
                "validation_threshold": float(mean.argmax() / _BINS),
            }
        )


def widen(logits: Tensor, margin_px: Tensor) -> Tensor:
    """Widen each picture's prediction by its mask's margin: the largest logit within `margin_px` on either
    side.

    Parameters
    ----------
    logits : float32 tensor, shape (N, 1, H, W)
    margin_px : integer tensor, shape (N,)

    Returns
    -------
    float32 tensor, shape (N, 1, H, W)
    """
    if not bool((margin_px > 0).any()):
        return logits
    widened = [
        F.max_pool2d(one[None], 2 * margin + 1, stride=1, padding=margin) if margin else one[None]
        for one, margin in zip(logits, margin_px.tolist(), strict=True)
    ]
    return torch.cat(widened)


def f1_by_threshold(counts: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Compute F1 at every bin's lower edge from pixel counts (bins without crack, then bins with crack)."""
    bins = len(counts) // 2
    background = counts[:bins][::-1].cumsum()[::-1]
    crack = counts[bins:][::-1].cumsum()[::-1]
    return np.asarray(2 * crack / np.maximum(background + crack + crack[0], 1), dtype=np.float64)


def _module(recipe: Recipe, split: Split, steps: int) -> CrackTask:
    sets = set_names(validation_samples(split, recipe))
    return SegmentationTask(recipe, steps=steps, validation_sets=sets)


def _data(plan: DataPlan) -> tuple[pl.LightningDataModule, list[Callback]]:
    data = CropData(plan)
    return data, [ValidationSheet(plan.run_folder, partial(draw_predictions, data.validation_cache))]


KIND = TaskKind(SegmentationTask.monitor, _module, _data)
