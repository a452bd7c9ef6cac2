"""Crops whose cracks are numbered one by one, whole pictures for validation."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from crackscope.datasets.cache import DecodedCache
from crackscope.datasets.instances import single_cracks
from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.training.batches import batches_of_epoch
from crackscope.training.crop_data import CropData
from crackscope.training.crops import CropSource
from crackscope.training.tasks.task import Batch

MOST_CRACKS = 255
"""Of a crop: their numbers fit into a byte."""


class NumberedCrops:
    """Crops that are cut as they are drawn, each crack of the crop with a number of its own.

    The cut mask is taken apart, not the picture's: pieces of one crack that leave the crop and come back are
    two cracks to whoever sees the crop alone, and whole pictures are taken apart by the same rule when a
    network is judged. It takes some 5 ms, so nothing is kept of it.
    """

    def __init__(self, source: CropSource) -> None:
        self._source = source

    def __call__(self, epoch: int, number: int) -> Batch:
        """Draw one crop."""
        plan = self._source.plan(epoch, number)
        crop = self._source.cut(plan)
        return {
            "pixels": torch.from_numpy(crop.pixels),
            "instances": torch.from_numpy(numbered_cracks(crop.mask > 0)),
            "loss_weight": torch.tensor(plan.loss_weight, dtype=torch.float32),
            "mask_margin_px": torch.tensor(plan.mask_margin_px),
        }


class InstanceData(CropData):
    """Crops of the training part with numbered cracks, and whole pictures of the validation part."""

    def train_dataloader(self) -> DataLoader[Batch]:
        """Crops of the current epoch; always cut by the processor, which takes the cracks apart."""
        return batches_of_epoch(
            NumberedCrops(self._crops),
            self.trainer,
            batches=self._plan.batches,
            batch_size=self._plan.recipe.batch_size,
            workers=self._plan.workers,
        )

    def crack_sizes(self) -> FloatArray:
        """Measure the boxes of the training cracks: float64 (cracks, 2), height and width in px."""
        return crack_sizes(self._cache)


def numbered_cracks(mask: BoolMask) -> NDArray[np.uint8]:
    """Number the cracks of a mask.

    Parameters
    ----------
    mask : bool array, shape (H, W)

    Returns
    -------
    uint8 array, shape (H, W)
        From 1 on, without gaps, the largest first; 0 is background. What is too small to be a crack, and what
        is left after `MOST_CRACKS`, is background.
    """
    numbers = np.zeros(mask.shape, np.uint8)
    cracks = sorted(single_cracks(mask), key=lambda crack: -crack.area)[:MOST_CRACKS]
    for number, crack in enumerate(cracks, start=1):
        inside = numbers[crack.box.slices]
        inside[crack.mask.decode_box(crack.box)] = number
    return numbers


def crack_boxes(instances: Tensor) -> Tensor:
    """Draw the tight boxes of numbered cracks.

    Parameters
    ----------
    instances : uint8 tensor, shape (H, W)
        As `numbered_cracks` numbers them.

    Returns
    -------
    float32 tensor, shape (cracks, 4)
        x0, y0, x1, y1 in px, where a pixel reaches from its number to the next.
    """
    count = int(instances.max()) if instances.numel() else 0
    of_each = instances == torch.arange(1, count + 1, device=instances.device).view(-1, 1, 1)
    sides = []
    for hit in (of_each.any(dim=1), of_each.any(dim=2)):  # columns, rows
        first = hit.to(torch.uint8).argmax(dim=1)
        sides.append((first, hit.shape[1] - hit.flip(1).to(torch.uint8).argmax(dim=1)))
    (x0, x1), (y0, y1) = sides
    return torch.stack([x0, y0, x1, y1], dim=1).float()


def crack_sizes(cache: DecodedCache, *, most_pictures: int = 500) -> FloatArray:
    """Measure the boxes of the cracks in decoded pictures.

    Parameters
    ----------
    cache : DecodedCache
    most_pictures : int
        So many are looked at, evenly spread.

    Returns
    -------
    float64 array, shape (cracks, 2)
        Heights and widths in px.
    """
    positions = np.unique(np.linspace(0, len(cache) - 1, min(most_pictures, len(cache))).round().astype(int))
    sizes = []
    for position in positions.tolist():
        _, mask = cache.read(position)
        if cv2.countNonZero(mask):
            sizes += [(crack.box.height, crack.box.width) for crack in single_cracks(mask > 0)]
    return np.array(sizes, np.float64).reshape(-1, 2)
