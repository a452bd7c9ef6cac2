"""The Lightning task that teaches a network to segment cracks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.nn import functional as F

from crackscope.models.layers import as_channels_last
from crackscope.models.registry import build_segmentation
from crackscope.training.augmentation import PhotometricAugmentation
from crackscope.training.data import Batch
from crackscope.training.losses import sum_of_losses
from crackscope.training.normalisation import from_uint8, normalise
from crackscope.training.prediction import predict_picture
from crackscope.training.recipe import Recipe, recipe_document

_BINS = 100


class SegmentationTask(pl.LightningModule):
    """Crops in, loss out; whole validation pictures in, pooled F1 out.

    Parameters
    ----------
    recipe : Recipe
    steps : int
        Optimiser steps of the whole run, for the schedule.
    validation_sets : sequence of str
        Names of the sets, in the order of the batches' numbers.
    """

    def __init__(self, recipe: Recipe, *, steps: int, validation_sets: Sequence[str]) -> None:
        super().__init__()
        self.save_hyperparameters({"recipe": recipe_document(recipe), "steps": steps})
        self.recipe = recipe
        self.steps = steps
        sets = recipe.data.sets
        self._set_weights = [sets[name].draw if name in sets else 1.0 for name in validation_sets]
        self.network = as_channels_last(build_segmentation(recipe.model.name, recipe.model.options))
        self.augment = PhotometricAugmentation(recipe.augmentation)
        self.loss = sum_of_losses([(term.name, term.weight, term.options) for term in recipe.losses])
        self._counts: dict[int, np.ndarray[Any, np.dtype[np.int64]]] = {}

    def on_train_batch_start(self, _batch: Batch, _batch_index: int) -> None:
        """Seed the augmentation by the step, so that a resumed run draws the same."""
        torch.manual_seed(self.recipe.seed * 1_000_003 + self.global_step)

    def training_step(self, batch: Batch, _batch_index: int) -> Tensor:
        """Compute the loss of one batch of crops."""
        with torch.autocast(self.device.type, enabled=False):  # bfloat16 has fewer steps than a colour
            pixels = self.augment(from_uint8(batch["pixels"]))
        logits = self.network(normalise(pixels)).float()
        truth = batch["mask"][:, None].float()
        weight = batch["loss_weight"].view(-1, 1, 1, 1).expand_as(truth)
        loss = self.loss(widen(logits, batch["mask_margin_px"]), truth, weight)
        if self.recipe.teacher is not None:
            # Unwidened and at full weight in every set: what a teacher says is as tight as its own masks. BCE
            # is least where the answers agree; Dice and Tversky draw soft answers towards 0 and 1.
            taught = self.loss(logits, batch["teacher"][:, None].float() / 255, torch.ones_like(truth))
            loss = torch.lerp(loss, taught, self.recipe.teacher.weight)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(truth))
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
        self.log("validation_f1", float(mean[_BINS // 2]))
        self.log("validation_f1_best_threshold", float(mean.max()))
        self.log("validation_threshold", float(mean.argmax() / _BINS))

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW; no weight decay on biases and batch norms; linear warm-up, then a cosine to zero."""
        own = self.recipe.optimiser
        encoder = tuple(f"{part}." for part in cast(Sequence[str], self.network.encoder_parts))
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for name, parameter in self.network.named_parameters():
            rate = own.learning_rate * (own.encoder_factor if name.startswith(encoder) else 1.0)
            decay = own.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
        optimiser = torch.optim.AdamW(
            [{"params": each, "lr": rate, "weight_decay": decay} for (rate, decay), each in groups.items()],
            lr=own.learning_rate,
        )

        def factor(step: int) -> float:
            if step < own.warmup_steps:
                return (step + 1) / own.warmup_steps
            progress = (step - own.warmup_steps) / max(1, self.steps - own.warmup_steps)
            return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


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
