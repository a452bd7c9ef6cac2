from pathlib import Path

import numpy as np
import pytest
import torch

from crackscope.datasets import find_samples
from crackscope.datasets.cache import DecodedCache
from crackscope.imaging.synthetic import draw_photo
from crackscope.training.crops import CropSource
from crackscope.training.instance_data import NumberedCrops, crack_boxes, crack_sizes, numbered_cracks
from crackscope.training.recipe import DataRecipe, SetRecipe


@pytest.fixture(scope="module")
def cache(drawn_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> DecodedCache:
    return DecodedCache(find_samples([drawn_dataset]), tmp_path_factory.mktemp("cache"))


def two_bars():
    mask = np.zeros((80, 90), bool)
    mask[19:22, 10:70] = mask[40:60, 13:18] = True
    return mask


def test_every_crack_has_a_number_and_the_largest_is_one():
    mask = two_bars()
    mask[75, 80:83] = True  # too small to be a crack
    numbers = numbered_cracks(mask)
    assert numbers.dtype == np.uint8
    assert np.unique(numbers).tolist() == [0, 1, 2]
    assert set(numbers[20, 12:68]) == {1}
    assert set(numbers[42:58, 15]) == {2}
    assert (numbers > 0).sum() == mask.sum() - 3


def test_pieces_of_one_crack_have_one_number():
    mask = two_bars()
    mask[:, 30:36] = False
    numbers = numbered_cracks(mask)
    assert numbers[20, 20] == numbers[20, 50] == 1


def test_boxes_are_tight():
    boxes = crack_boxes(torch.from_numpy(numbered_cracks(two_bars())))
    assert boxes.tolist() == [[10, 19, 70, 22], [13, 40, 18, 60]]


def test_a_crack_at_the_border_has_its_box_to_the_border():
    numbers = torch.zeros(30, 40, dtype=torch.uint8)
    numbers[25:, 35:] = 1
    numbers[0, 0] = 2
    assert crack_boxes(numbers).tolist() == [[35, 25, 40, 30], [0, 0, 1, 1]]


def test_no_crack_has_no_box():
    assert crack_boxes(torch.zeros(8, 8, dtype=torch.uint8)).shape == (0, 4)


def test_crops_are_the_same_for_the_same_number_and_hold_numbered_cracks(cache: DecodedCache):
    source = CropSource(
        cache, DataRecipe(crop_px=64, crack_share=1.0, sets={"noncrack": SetRecipe(draw=0)}), seed=3
    )
    crops = NumberedCrops(source)
    drawn = [crops(0, number) for number in range(20)]
    cracked = 0
    for number, crop in enumerate(drawn):
        again = crops(0, number)
        assert torch.equal(crop["instances"], again["instances"])
        assert crop["pixels"].shape == (64, 64, 3)
        assert crop["instances"].shape == (64, 64)
        boxes = crack_boxes(crop["instances"])
        assert bool((boxes[:, 2:] > boxes[:, :2]).all())
        cracked += len(boxes) > 0
    assert cracked > 15


def test_sizes_are_those_of_the_drawn_cracks(cache: DecodedCache):
    sizes = crack_sizes(cache)
    assert len(sizes) >= 16
    assert sizes.max() <= 128
    whole = draw_photo(height=96, width=128, seed=0, cracks=1)
    rows, columns = np.nonzero(whole.mask)
    largest = [np.ptp(rows) + 1, np.ptp(columns) + 1]
    assert any(np.abs(size - largest).max() <= 2 for size in sizes)
