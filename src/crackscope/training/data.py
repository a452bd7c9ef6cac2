"""Batches of crops for training, whole pictures for validation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from crackscope.training.recipe import Recipe

Batch = dict[str, Tensor]


def split_samples(samples: list[Sample], recipe: Recipe) -> Split:
    """Split samples as a recipe says; sets that the recipe names and that are not there are passed over.

    Raises
    ------
    DatasetError
        If training would be empty, or validation without a picture that has a mask.
    """
    test_shares = {name: own.test_share for name, own in recipe.data.sets.items()}
    split = split_by_source(
        samples, seed=recipe.seed, validation_share=recipe.data.validation_share, test_shares=test_shares
    )
    amount = f"{len(samples)} pictures from {len({sample.source for sample in samples})} source photos"
    if not split.train:
        raise DatasetError(f"nothing is left to train on ({amount}); give more pictures.")
    if all(sample.mask is None for sample in split.validation):
        raise DatasetError(
            f"no picture with a mask is left for validation ({amount}); give more pictures with masks."
        )
    return split


def showing_true_widths(samples: Iterable[Sample], recipe: Recipe) -> list[Sample]:
    """Keep the samples that validation judges: with masks, of sets without a mask margin.

    Fat masks say nothing of a prediction's edges; where there are only such, they have to do.
    """
    masked = [sample for sample in samples if sample.mask is not None]
    sets = recipe.data.sets
    tight = [s for s in masked if s.set_name not in sets or sets[s.set_name].mask_margin_px == 0]
    return tight or masked


def choose_validation(samples: Sequence[Sample], *, most: int) -> list[Sample]:
    """Choose at most `most` samples: as many from each set as it has, shared evenly, spread over its
    names.
    """
    by_set: dict[str, list[Sample]] = {}
    for sample in sorted(samples):
        by_set.setdefault(sample.set_name, []).append(sample)
    chosen: list[Sample] = []
    for served, own in enumerate(sorted(by_set.values(), key=len)):
        share = min(len(own), max(1, (most - len(chosen)) // (len(by_set) - served)))
        chosen += [own[i] for i in np.linspace(0, len(own) - 1, share).round().astype(int)]
    return sorted(chosen)


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
    def __init__(self, cache: DecodedCache) -> None:
        self._cache = cache
        self._set_names = set_names(cache)

    def __len__(self) -> int:
        return len(self._cache)

    def __getitem__(self, position: int) -> Batch:
        pixels, mask = self._cache.read(position)
        return {
            "pixels": torch.from_numpy(pixels.copy()),
            "mask": torch.from_numpy(mask.copy()),
            "set": torch.tensor(self._set_names.index(self._cache.samples[position].set_name)),
        }


def set_names(cache: DecodedCache) -> list[str]:
    """Names of the sets in a cache, sorted."""
    return sorted({sample.set_name for sample in cache.samples})


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
        judged = showing_true_widths(split.validation, recipe)
        chosen = choose_validation(judged, most=recipe.data.validation_pictures)
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
        return DataLoader(_Pictures(self.validation_cache), batch_size=1)
