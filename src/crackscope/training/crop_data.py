"""Batches of crops for training, whole pictures for validation."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as pl
import torch
from torch.utils.data import DataLoader, Dataset

from crackscope.datasets.cache import DecodedCache
from crackscope.training.batches import batches_of_epoch
from crackscope.training.crops import CropPlan, CropSource
from crackscope.training.device_crops import DeviceCrops
from crackscope.training.samples import set_names, validation_samples
from crackscope.training.tasks.kind import DataPlan
from crackscope.training.tasks.task import Batch
from crackscope.training.teacher import TeacherMaps


class _Pictures(Dataset[Batch]):
    def __init__(self, cache: DecodedCache) -> None:
        self._cache = cache
        self._set_names = set_names(cache.samples)

    def __len__(self) -> int:
        return len(self._cache)

    def __getitem__(self, position: int) -> Batch:
        pixels, mask = self._cache.read(position)
        return {
            "pixels": torch.from_numpy(pixels.copy()),
            "mask": torch.from_numpy(mask.copy()),
            "set": torch.tensor(self._set_names.index(self._cache.samples[position].set_name)),
        }


class DrawnCrops:
    """Crops that are cut as they are drawn."""

    def __init__(self, source: CropSource) -> None:
        self._source = source

    def __call__(self, epoch: int, number: int) -> Batch:
        """Draw one crop."""
        plan = self._source.plan(epoch, number)
        crop = self._source.cut(plan)
        taught = {} if crop.teacher is None else {"teacher": torch.from_numpy(crop.teacher)}
        pixels, mask = torch.from_numpy(crop.pixels), torch.from_numpy(crop.mask)
        return {"pixels": pixels, "mask": mask, **taught, **_weighed(plan)}


class PlannedCrops:
    """Crops that are planned here and cut on the training device."""

    def __init__(self, source: CropSource) -> None:
        self._source = source

    def __call__(self, epoch: int, number: int) -> Batch:
        """Plan one crop."""
        plan = self._source.plan(epoch, number)
        at, to_crop = torch.tensor(plan.position), torch.from_numpy(plan.to_crop)
        return {"position": at, "to_crop": to_crop, **_weighed(plan)}


def _weighed(plan: CropPlan) -> Batch:
    weight = torch.tensor(plan.loss_weight, dtype=torch.float32)
    return {"loss_weight": weight, "mask_margin_px": torch.tensor(plan.mask_margin_px)}


class CropData(pl.LightningDataModule):
    """Crops of the training part and whole pictures of the validation part.

    Parameters
    ----------
    plan : DataPlan
        With `on_device`, the decoded pictures go to the training device once, and crops are cut there.
    """

    def __init__(self, plan: DataPlan) -> None:
        super().__init__()
        self._plan = plan
        recipe, split = plan.recipe, plan.split
        with plan.watch("decoding", len(split.train)) as done:
            self._cache = DecodedCache(split.train, plan.cache_folder, progress=done)
        self._teacher: TeacherMaps | None = None
        if recipe.teacher is not None:
            assert plan.teacher_sha256 is not None, "a teacher is known by its checkpoint"
            with plan.watch("asking the teacher", len(self._cache)) as done:
                self._teacher = TeacherMaps(
                    self._cache,
                    Path(recipe.teacher.run),
                    plan.cache_folder,
                    sha256=plan.teacher_sha256,
                    in_bf16=plan.in_bf16,
                    progress=done,
                )
        read = None if self._teacher is None else self._teacher.read
        self._crops = CropSource(self._cache, recipe.data, seed=recipe.seed, teacher=read)
        self._device_crops: DeviceCrops | None = None
        self.validation_cache = DecodedCache(validation_samples(split, recipe), plan.cache_folder)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Crops of the current epoch; made anew every epoch, so that a resumed run draws the same crops."""
        return batches_of_epoch(
            (PlannedCrops if self._plan.on_device else DrawnCrops)(self._crops),
            self.trainer,
            batches=self._plan.batches,
            batch_size=self._plan.recipe.batch_size,
            workers=self._plan.workers,
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        """Whole pictures, one at a time."""
        return DataLoader(_Pictures(self.validation_cache), batch_size=1)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Cut the crops where they are only planned."""
        if "to_crop" not in batch:
            return batch
        position, to_crop = batch.pop("position"), batch.pop("to_crop")
        if self._device_crops is None:
            self._device_crops = DeviceCrops(self._cache, self._teacher, device=position.device)
        return {**batch, **self._device_crops.cut(position, to_crop, side_px=self._plan.recipe.data.crop_px)}
