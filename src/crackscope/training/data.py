"""Batches of crops for training, whole pictures for validation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import lightning.pytorch as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from crackscope.datasets.cache import DecodedCache
from crackscope.datasets.sample import Sample
from crackscope.datasets.split import Split
from crackscope.training.crops import Crop, CropSource
from crackscope.training.recipe import Recipe
from crackscope.training.samples import set_names, validation_samples
from crackscope.training.teacher import TeacherMaps

Batch = dict[str, Tensor]
Watch = Callable[[str, int], AbstractContextManager[Callable[[Sample], None]]]
"""From what is being done, and to how many pictures, to something that is told of each picture done."""


def unwatched(_label: str, _pictures: int) -> AbstractContextManager[Callable[[Sample], None]]:
    """Tell nobody."""
    return nullcontext(lambda _: None)


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


def _as_tensors(crop: Crop) -> Batch:
    taught = {} if crop.teacher is None else {"teacher": torch.from_numpy(crop.teacher)}
    return {
        "pixels": torch.from_numpy(crop.pixels),
        "mask": torch.from_numpy(crop.mask),
        "loss_weight": torch.tensor(crop.loss_weight, dtype=torch.float32),
        "mask_margin_px": torch.tensor(crop.mask_margin_px),
        **taught,
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
    teacher_sha256 : str, optional
        Of the checkpoint of the recipe's teacher, where it names one.
    in_bf16 : bool
        Ask the teacher in bfloat16.
    watch : callable
        Told of the pictures that are decoded, and shown to a teacher, before training can begin.
    """

    def __init__(
        self,
        split: Split,
        recipe: Recipe,
        *,
        cache_folder: Path,
        workers: int = 0,
        teacher_sha256: str | None = None,
        in_bf16: bool = False,
        watch: Watch = unwatched,
    ) -> None:
        super().__init__()
        self._recipe = recipe
        self._workers = workers
        with watch("decoding", len(split.train)) as done:
            cache = DecodedCache(split.train, cache_folder, progress=done)
        teacher = None
        if recipe.teacher is not None:
            assert teacher_sha256 is not None, "a teacher is known by its checkpoint"
            with watch("asking the teacher", len(cache)) as done:
                teacher = TeacherMaps(
                    cache,
                    Path(recipe.teacher.run),
                    cache_folder,
                    sha256=teacher_sha256,
                    in_bf16=in_bf16,
                    progress=done,
                ).read
        self._crops = CropSource(cache, recipe.data, seed=recipe.seed, teacher=teacher)
        self.validation_cache = DecodedCache(validation_samples(split, recipe), cache_folder)

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
