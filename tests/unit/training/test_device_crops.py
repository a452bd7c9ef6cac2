"""Crops cut on the training device are those that the processor cuts."""

from pathlib import Path

import numpy as np
import pytest
import torch

from crackscope.datasets import find_samples
from crackscope.datasets.cache import DecodedCache
from crackscope.training.crops import CropSource
from crackscope.training.device_crops import DeviceCrops
from crackscope.training.recipe import DataRecipe

GREY_LEVELS = 3
"""OpenCV interpolates at 1/32 px, torch in floating point."""


@pytest.fixture(scope="module")
def cache(drawn_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> DecodedCache:
    return DecodedCache(find_samples([drawn_dataset]), tmp_path_factory.mktemp("cache"))


class _Halves:
    """A teacher that answers 200 in the left half of every picture, and 0 in the right one."""

    def __init__(self, cache: DecodedCache) -> None:
        self._cache = cache

    def read(self, position: int) -> np.ndarray:
        answer = np.zeros(self._cache.shape(position), np.uint8)
        answer[:, : answer.shape[1] // 2] = 200
        return answer


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.5])
def test_a_crop_cut_on_the_device_is_the_one_that_the_processor_cuts(cache: DecodedCache, scale: float):
    teacher = _Halves(cache)
    recipe = DataRecipe(crop_px=96, scale_range=(scale, scale))
    source = CropSource(cache, recipe, seed=4, teacher=teacher.read)
    device_crops = DeviceCrops(cache, teacher, device=torch.device("cpu"))  # type: ignore[arg-type]
    plans = [source.plan(0, number) for number in range(12)]
    cut = device_crops.cut(
        torch.tensor([plan.position for plan in plans]),
        torch.from_numpy(np.stack([plan.to_crop for plan in plans])),
        side_px=96,
    )
    assert {name: part.dtype for name, part in cut.items()} == dict.fromkeys(cut, torch.uint8)
    for number, plan in enumerate(plans):
        crop = source.cut(plan)
        difference = np.abs(cut["pixels"][number].numpy().astype(int) - crop.pixels.astype(int))
        assert difference.mean() < 0.5
        assert np.percentile(difference, 99) <= GREY_LEVELS
        assert (cut["mask"][number].numpy() != crop.mask).mean() < 0.01
        assert crop.teacher is not None
        assert np.abs(cut["teacher"][number].numpy().astype(int) - crop.teacher.astype(int)).mean() < 1


def test_a_crop_in_place_is_the_picture_itself(cache: DecodedCache):
    cut = DeviceCrops(cache, None, device=torch.device("cpu")).cut(
        torch.tensor([0]), torch.tensor([[[1.0, 0, 0], [0, 1.0, 0]]], dtype=torch.float64), side_px=32
    )
    pixels, mask = cache.read(0)
    np.testing.assert_array_equal(cut["pixels"][0].numpy(), pixels[:32, :32])
    np.testing.assert_array_equal(cut["mask"][0].numpy(), mask[:32, :32])
    assert "teacher" not in cut
