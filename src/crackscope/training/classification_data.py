"""Batches of labelled crops for training, labelled pictures and patches for validation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import lightning.pytorch as pl
import torch
from torch.utils.data import DataLoader, Dataset

from crackscope.datasets.cache import DecodedCache
from crackscope.datasets.patches import label_patches
from crackscope.datasets.sample import Sample
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.box import Box
from crackscope.imaging.views import fits_whole, whole_view
from crackscope.training.batches import batches_of_epoch
from crackscope.training.classification_crops import LabelledCropSource, warn_of_large_wholes
from crackscope.training.crops import set_recipe
from crackscope.training.samples import choose_validation
from crackscope.training.tasks.kind import DataPlan
from crackscope.training.tasks.task import Batch

VALIDATION_BATCH = 16


@dataclass(frozen=True, slots=True)
class ValidationView:
    """A picture, or a patch of one, that validation judges.

    Parameters
    ----------
    position : int
        Of the picture in the cache.
    box : Box, optional
        None for the whole picture.
    cracked : bool
    """

    position: int
    box: Box | None
    cracked: bool


def validation_views(cache: DecodedCache, *, side_px: int, min_crack_px: int) -> tuple[ValidationView, ...]:
    """Cut pictures into what validation judges: as a run is frozen afterwards.

    Parameters
    ----------
    cache : DecodedCache
    side_px : int
        Of what the network is shown.
    min_crack_px : int
        Crack pixels of a cracked patch; patches with fewer are left out.

    Returns
    -------
    tuple of ValidationView
        Pictures that fit and those without a mask whole, larger ones in patches.
    """
    views: list[ValidationView] = []
    for position, sample in enumerate(cache.samples):
        _, mask = cache.read(position)
        if sample.unmasked_crack or fits_whole(*mask.shape, side_px=side_px):
            views.append(ValidationView(position, None, sample.unmasked_crack or bool(mask.any())))
            continue
        for patch in label_patches(mask, patch_px=side_px, min_crack_px=min_crack_px):
            if patch.cracked is not None:
                views.append(ValidationView(position, patch.box, patch.cracked))
    return tuple(views)


class _DrawnCrops:
    def __init__(self, source: LabelledCropSource) -> None:
        self._source = source

    def __call__(self, epoch: int, number: int) -> Batch:
        crop = self._source.draw(epoch, number)
        return {
            "pixels": torch.from_numpy(crop.pixels),
            "cracked": torch.tensor(crop.cracked, dtype=torch.float32),
            "loss_weight": torch.tensor(crop.loss_weight, dtype=torch.float32),
        }


class _Views(Dataset[Batch]):
    def __init__(self, data: ClassificationData) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data.views)

    def __getitem__(self, number: int) -> Batch:
        shown = whole_view(self._data.pixels_of(number), side_px=self._data.side_px)
        return {
            "pixels": torch.from_numpy(shown.copy()),
            "view": torch.tensor(number),
            "cracked": torch.tensor(self._data.views[number].cracked),
            "say": torch.tensor(self._data.say_of(number)),
        }


class ClassificationData(pl.LightningDataModule):
    """Labelled crops of the training part, and what the validation part is judged by.

    Parameters
    ----------
    plan : DataPlan
        Crops are cut by the processor, whatever `on_device` says.
    """

    def __init__(self, plan: DataPlan) -> None:
        super().__init__()
        self._plan = plan
        recipe = plan.recipe
        with plan.watch("decoding", len(plan.split.train)) as done:
            cache = DecodedCache(plan.split.train, plan.cache_folder, progress=done)
        warn_of_large_wholes(cache, side_px=recipe.data.crop_px)
        self._crops = LabelledCropSource(cache, recipe.data, seed=recipe.seed)
        judged = choose_validation(plan.split.validation, most=recipe.data.validation_pictures)
        self.side_px = recipe.data.crop_px
        self.validation_cache = DecodedCache(judged, plan.cache_folder)
        self.views = validation_views(
            self.validation_cache, side_px=self.side_px, min_crack_px=recipe.data.min_crack_px
        )
        self._views_by_set = Counter(self.sample_of(number).set_name for number in range(len(self.views)))

    def sample_of(self, number: int) -> Sample:
        """Return the sample that a validation view is of."""
        return self.validation_cache.samples[self.views[number].position]

    def say_of(self, number: int) -> float:
        """Weigh a validation view so that those of a set together weigh as the set is drawn."""
        name = self.sample_of(number).set_name
        return set_recipe(self._plan.recipe.data.sets, name).draw / self._views_by_set[name]

    def pixels_of(self, number: int) -> RgbPixels:
        """Return the picture or patch that a validation view is of, uint8 (H, W, 3)."""
        view = self.views[number]
        pixels, _ = self.validation_cache.read(view.position)
        return pixels if view.box is None else pixels[view.box.slices]

    def train_dataloader(self) -> DataLoader[Batch]:
        """Crops of the current epoch; made anew every epoch, so that a resumed run draws the same crops."""
        return batches_of_epoch(
            _DrawnCrops(self._crops),
            self.trainer,
            batches=self._plan.batches,
            batch_size=self._plan.recipe.batch_size,
            workers=self._plan.workers,
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        """Validation views, in their order."""
        return DataLoader(_Views(self), batch_size=VALIDATION_BATCH)
