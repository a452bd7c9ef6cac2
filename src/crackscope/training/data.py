"""Batches of crops for training, whole pictures for validation."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from crackscope.datasets.cache import DecodedCache
from crackscope.datasets.sample import Sample
from crackscope.datasets.split import Split, split_by_source
from crackscope.errors import DatasetError
from crackscope.training.crops import Crop, CropSource
from crackscope.training.recipe import DataRecipe, Recipe

Batch = dict[str, Tensor]


def split_samples(samples: list[Sample], recipe: Recipe) -> Split:
    """Split samples as a recipe says.

    Raises
    ------
    DatasetError
        If a set of the recipe is not among the samples, or training or validation would be empty.
    """
    present = {sample.set_name for sample in samples}
    absent = sorted(set(recipe.data.sets) - present)
    if absent:
        raise DatasetError(
            f"recipe {recipe.name}: names the set {absent[0]}, which is not in the given folders; "
            "add its folder with --data or take it out of the recipe."
        )
    test_shares = {name: own.test_share for name, own in recipe.data.sets.items()}
    split = split_by_source(
        samples, seed=recipe.seed, validation_share=recipe.data.validation_share, test_shares=test_shares
    )
    for part in ("train", "validation"):
        if not getattr(split, part):
            raise DatasetError(
                f"the {part} part is empty ({len(samples)} pictures from "
                f"{len({s.source for s in samples})} source photos); give more pictures."
            )
    return split


def choose_validation(samples: tuple[Sample, ...], *, most: int) -> list[Sample]:
    """Choose at most `most` samples, the same number from each set as far as it goes, evenly over each
    set's names.
    """
    sets = sorted({sample.set_name for sample in samples})
    share = max(1, most // len(sets))
    chosen: list[Sample] = []
    for name in sets:
        own = [sample for sample in samples if sample.set_name == name]
        chosen += [own[i] for i in np.linspace(0, len(own) - 1, min(share, len(own))).round().astype(int)]
    return chosen


class _Crops(Dataset[Batch]):
    def __init__(self, source: CropSource, *, epoch: int, count: int) -> None:
        self._source = source
        self._epoch = epoch
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Batch:
        return _as_tensors(self._source.draw(self._epoch, number))


class _Pictures(Dataset[Batch]):
    def __init__(self, cache: DecodedCache, recipe: DataRecipe) -> None:
        self._cache = cache
        self._sets = recipe.sets
        self._set_names = sorted({sample.set_name for sample in cache.samples})

    def __len__(self) -> int:
        return len(self._cache)

    def __getitem__(self, position: int) -> Batch:
        pixels, mask = self._cache.read(position)
        set_name = self._cache.samples[position].set_name
        own = self._sets.get(set_name)
        return {
            "pixels": torch.from_numpy(pixels.copy()),
            "mask": torch.from_numpy(mask.copy()),
            "set": torch.tensor(self._set_names.index(set_name)),
            "mask_margin_px": torch.tensor(own.mask_margin_px if own else 0),
        }


def _as_tensors(crop: Crop) -> Batch:
    return {
        "pixels": torch.from_numpy(crop.pixels),
        "mask": torch.from_numpy(crop.mask),
        "loss_weight": torch.tensor(crop.loss_weight, dtype=torch.float32),
        "mask_margin_px": torch.tensor(crop.mask_margin_px),
    }


class CrackData(pl.LightningDataModule):
    """Crops of the training part and whole pictures of the validation part.

    Parameters
    ----------
    split : Split
    recipe : Recipe
    cache_folder : Path
    workers : int
        Processes that draw crops; 0 draws them in the training process.
    """

    def __init__(self, split: Split, recipe: Recipe, *, cache_folder: Path, workers: int = 0) -> None:
        super().__init__()
        self._recipe = recipe
        self._workers = workers
        self._crops = CropSource(DecodedCache(split.train, cache_folder), recipe.data, seed=recipe.seed)
        chosen = choose_validation(split.validation, most=recipe.data.validation_pictures)
        self.validation_cache = DecodedCache(chosen, cache_folder)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Crops of the current epoch; made anew every epoch, so that a resumed run draws the same crops."""
        epoch = self.trainer.current_epoch if self.trainer else 0
        crops = _Crops(self._crops, epoch=epoch, count=self._recipe.crops_per_epoch)
        return DataLoader(
            crops, batch_size=self._recipe.batch_size, num_workers=self._workers, drop_last=True
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        """Whole pictures, one at a time."""
        return DataLoader(_Pictures(self.validation_cache, self._recipe.data), batch_size=1)
