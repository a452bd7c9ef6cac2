from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crackscope.datasets import find_samples
from crackscope.datasets.cache import DecodedCache
from crackscope.errors import DatasetError
from crackscope.training.crops import Crop, CropSource
from crackscope.training.recipe import DataRecipe, SetRecipe


@pytest.fixture(scope="module")
def cache(drawn_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> DecodedCache:
    return DecodedCache(find_samples([drawn_dataset]), tmp_path_factory.mktemp("cache"))


def _drawn(source: CropSource, epoch: int, number: int) -> Crop:
    return source.cut(source.plan(epoch, number))


def test_a_crop_depends_on_nothing_but_seed_epoch_and_number(cache: DecodedCache):
    recipe = DataRecipe(crop_px=64)
    first, second = CropSource(cache, recipe, seed=5), CropSource(cache, recipe, seed=5)
    _drawn(second, 9, 9)
    np.testing.assert_array_equal(_drawn(first, 2, 3).pixels, _drawn(second, 2, 3).pixels)
    assert not np.array_equal(_drawn(first, 2, 3).pixels, _drawn(first, 3, 3).pixels)
    assert not np.array_equal(_drawn(first, 2, 3).pixels, _drawn(first, 2, 4).pixels)
    assert not np.array_equal(
        _drawn(first, 2, 3).pixels, _drawn(CropSource(cache, recipe, seed=6), 2, 3).pixels
    )


def test_crops_have_the_asked_size_and_a_binary_mask(cache: DecodedCache):
    source = CropSource(cache, DataRecipe(crop_px=160), seed=1)
    for number in range(8):
        crop = _drawn(source, 0, number)
        assert crop.pixels.shape == (160, 160, 3)
        assert crop.mask.shape == (160, 160)
        assert set(np.unique(crop.mask)) <= {0, 1}


def test_crops_are_drawn_towards_cracks(cache: DecodedCache):
    def cracked(share: float) -> int:
        recipe = DataRecipe(crop_px=32, crack_share=share, sets={"noncrack": SetRecipe(draw=0)})
        source = CropSource(cache, recipe, seed=1)
        return sum(bool(_drawn(source, 0, number).mask.any()) for number in range(100))

    assert cracked(1.0) > 90
    assert cracked(0.0) < cracked(1.0) - 20


def test_sets_are_drawn_by_their_share(cache: DecodedCache):
    recipe = DataRecipe(
        crop_px=32, sets={"drawn": SetRecipe(draw=1, loss=2), "noncrack": SetRecipe(draw=3, loss=0.5)}
    )
    source = CropSource(cache, recipe, seed=1)
    weights = [source.plan(0, number).loss_weight for number in range(200)]
    assert 120 < weights.count(0.5) < 180
    assert weights.count(0.5) + weights.count(2.0) == 200


def test_picture_and_mask_stay_aligned_under_turns_and_scales(tmp_path: Path):
    pixels = np.full((120, 160, 3), 255, np.uint8)
    pixels[40:60, 30:130] = 0
    (tmp_path / "s/images").mkdir(parents=True)
    (tmp_path / "s/masks").mkdir()
    Image.fromarray(pixels).save(tmp_path / "s/images/a.png")
    Image.fromarray(255 - pixels[..., 0]).save(tmp_path / "s/masks/a.png")
    cache = DecodedCache(find_samples([tmp_path]), tmp_path / "cache")
    source = CropSource(cache, DataRecipe(crop_px=64), seed=1)
    for number in range(20):
        crop = _drawn(source, 0, number)
        np.testing.assert_allclose(crop.pixels[..., 0] < 128, crop.mask > 0, atol=0.0)


def test_what_a_teacher_says_is_cut_turned_and_scaled_with_the_crop(cache: DecodedCache):
    def masks(position: int) -> np.ndarray:
        return cache.read(position)[1] * np.uint8(255)

    source = CropSource(cache, DataRecipe(crop_px=64), seed=1, teacher=masks)
    crops = [_drawn(source, 0, number) for number in range(20)]
    for crop in crops:
        np.testing.assert_array_equal(crop.teacher >= 128, crop.mask > 0)
    assert sum(bool(crop.mask.any()) for crop in crops) > 10
    assert _drawn(CropSource(cache, DataRecipe(crop_px=64), seed=1), 0, 0).teacher is None


def test_a_mask_margin_grows_with_the_scale_of_the_crop(cache: DecodedCache):
    recipe = DataRecipe(
        crop_px=32,
        crack_share=1.0,
        scale_range=(2.0, 2.0),
        sets={"drawn": SetRecipe(mask_margin_px=3), "noncrack": SetRecipe(draw=0)},
    )
    assert CropSource(cache, recipe, seed=1).plan(0, 0).mask_margin_px == 6


def test_nothing_to_draw_from_is_refused(cache: DecodedCache):
    recipe = DataRecipe(sets={"drawn": SetRecipe(draw=0), "noncrack": SetRecipe(draw=0)})
    with pytest.raises(DatasetError, match="no pictures to train on"):
        CropSource(cache, recipe, seed=1)
