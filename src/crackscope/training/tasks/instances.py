"""Teach a network to find cracks one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from crackscope.datasets.instances import single_cracks
from crackscope.datasets.split import Split
from crackscope.models.instances.mask_rcnn import MaskRcnn
from crackscope.models.instances.teaching import Truth
from crackscope.training.anchor_choice import AnchorChoice
from crackscope.training.average_precision import RankedMatches
from crackscope.training.instance_data import InstanceData, crack_boxes
from crackscope.training.instance_matching import By, PictureMatches, match_picture
from crackscope.training.instance_pictures import draw_found
from crackscope.training.instance_prediction import find_in_picture
from crackscope.training.normalisation import from_uint8, normalise
from crackscope.training.recipe import Recipe
from crackscope.training.samples import set_names, validation_samples
from crackscope.training.tasks.kind import DataPlan, TaskKind
from crackscope.training.tasks.task import Batch, CrackTask
from crackscope.training.validation_sheet import ValidationSheet

_JUDGED: tuple[By, ...] = ("mask", "box")


class InstanceTask(CrackTask):
    """Crops with numbered cracks in, loss out; whole validation pictures in, COCO's average precision out.

    Sets whose masks reach beyond their cracks teach boxes and scores; only the other sets teach masks.

    Parameters
    ----------
    recipe : Recipe
    steps : int
        Optimiser steps of the whole run, for the schedule.
    validation_sets : sequence of str
        Names of the sets, in the order of the batches' numbers.
    """

    monitor = "validation_mask_map"
    figures: ClassVar[Mapping[str, str]] = {
        "validation_mask_map": "mask mAP 50:95",
        "validation_mask_ap50": "mask AP 50",
        "validation_box_map": "box mAP 50:95",
        "validation_box_ap50": "",
    }
    network: MaskRcnn

    def __init__(self, recipe: Recipe, *, steps: int, validation_sets: Sequence[str]) -> None:
        super().__init__(recipe, steps=steps)
        sets = recipe.data.sets
        self._set_weights = [sets[name].draw if name in sets else 1.0 for name in validation_sets]
        self._loss_weights = {term.name: term.weight for term in recipe.losses}
        self._matches: dict[tuple[int, By], list[PictureMatches]] = {}

    def loss_of(self, batch: Batch) -> Tensor:
        """Compute the loss of one batch of crops."""
        with torch.autocast(self.device.type, enabled=False):  # bfloat16 has fewer steps than a colour
            pixels = self.augment(from_uint8(batch["pixels"]))
        truth = Truth(
            instances=batch["instances"],
            boxes=[crack_boxes(own) for own in batch["instances"]],
            weight=batch["loss_weight"],
            mask_weight=batch["loss_weight"] * (batch["mask_margin_px"] == 0),
        )
        losses = self.network.losses(normalise(pixels), truth)
        return torch.stack([losses[name] * weight for name, weight in self._loss_weights.items()]).sum()

    def on_validation_epoch_start(self) -> None:
        """Forget the matches of the last validation."""
        self._matches = {}

    def validation_step(self, batch: Batch, _batch_index: int) -> None:
        """Find the cracks of one picture and match them with the true ones."""
        found = find_in_picture(self.network, batch["pixels"][0].cpu().numpy())
        true = [crack.mask for crack in single_cracks(batch["mask"][0].cpu().numpy() > 0)]
        for by in _JUDGED:
            matches = match_picture(true, found, by=by)
            self._matches.setdefault((int(batch["set"]), by), []).append(matches)

    def on_validation_epoch_end(self) -> None:
        """Log average precision, the mean over sets weighed as they are drawn."""
        means = {by: self._mean_over_sets(by) for by in _JUDGED}
        self.log_figures(
            {f"validation_{by}_map": float(mean.mean()) for by, mean in means.items()}
            | {f"validation_{by}_ap50": float(mean[0]) for by, mean in means.items()}
        )

    def _mean_over_sets(self, by: By) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        own = [number for number, judged_by in self._matches if judged_by == by]
        precision = {n: RankedMatches.of(self._matches[n, by]).average_precision() for n in own}
        cracked = [number for number in own if not np.isnan(precision[number]).any()]
        if not cracked:
            return np.zeros(10)
        weights = [self._set_weights[number] for number in cracked]
        if not any(weights):
            weights = [1.0] * len(cracked)
        return np.asarray(np.average([precision[number] for number in cracked], axis=0, weights=weights))


def _module(recipe: Recipe, split: Split, steps: int) -> CrackTask:
    sets = set_names(validation_samples(split, recipe))
    return InstanceTask(recipe, steps=steps, validation_sets=sets)


def _data(plan: DataPlan) -> tuple[pl.LightningDataModule, list[Callback]]:
    data = InstanceData(plan)
    return data, [
        AnchorChoice(plan.run_folder / "anchors.json", data.crack_sizes()),
        ValidationSheet(plan.run_folder, partial(draw_found, data.validation_cache)),
    ]


KIND = TaskKind(InstanceTask.monitor, _module, _data)
