import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from crackscope.datasets import find_samples
from crackscope.datasets.cache import DecodedCache
from crackscope.imaging.views import whole_view
from crackscope.training.classification_crops import (
    LabelledCrop,
    LabelledCropSource,
    warn_of_large_wholes,
)
from crackscope.training.classification_data import validation_views
from crackscope.training.crops import CropSource
from crackscope.training.recipe import DataRecipe, SetRecipe

DARK, LIGHT = 40, 200


@pytest.fixture(scope="module")
def masked(drawn_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> DecodedCache:
    return DecodedCache(find_samples([drawn_dataset]), tmp_path_factory.mktemp("cache"))


def write_tiles(folder: Path, *, cracked: int = 2, crack_free: int = 6, side_px: int = 48) -> Path:
    """Class folders: cracked pictures are dark, crack-free ones light."""
    for name, count, grey in (("Positive", cracked, DARK), ("Negative", crack_free, LIGHT)):
        (folder / "tiles" / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.full((side_px, side_px, 3), grey, np.uint8)
            pixels[: side_px // 8] = 255  # a white beam along the upper border
            cv2.imwrite(str(folder / "tiles" / name / f"{number}.png"), pixels)
    return folder / "tiles"


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> DecodedCache:
    folder = write_tiles(tmp_path_factory.mktemp("sets"))
    return DecodedCache(find_samples([folder], unmasked_cracks=True), folder.parent / "cache")


def drawn(source: LabelledCropSource, count: int) -> list[LabelledCrop]:
    return [source.draw(0, number) for number in range(count)]


def test_a_crop_depends_on_nothing_but_seed_epoch_and_number(masked: DecodedCache, tiles: DecodedCache):
    for cache in (masked, tiles):
        recipe = DataRecipe(crop_px=64)
        first, second = (LabelledCropSource(cache, recipe, seed=5) for _ in range(2))
        second.draw(9, 9)
        np.testing.assert_array_equal(first.draw(2, 3).pixels, second.draw(2, 3).pixels)
        assert first.draw(2, 3).cracked == second.draw(2, 3).cracked
        others = (first.draw(3, 3), first.draw(2, 4), LabelledCropSource(cache, recipe, seed=6).draw(2, 3))
        assert not all(np.array_equal(first.draw(2, 3).pixels, other.pixels) for other in others)


def test_crops_of_pictures_with_masks_are_labelled_by_their_mask(masked: DecodedCache):
    """At scale 1 and unturned, a crop is a piece of a picture: the mask's piece at the same place decides."""
    recipe = DataRecipe(crop_px=32, scale_range=(1, 1), turn_deg=0, min_crack_px=12, crack_share=0.5)
    seen = set()
    for crop in drawn(LabelledCropSource(masked, recipe, seed=1), 30):
        assert crop.pixels.shape == (32, 32, 3)
        if crop.loss_weight == 0:
            continue
        crack_px = crack_px_of(masked, crop.pixels)
        assert crack_px > 8 if crop.cracked else crack_px < 4  # found again to within a pixel
        seen.add(crop.cracked)
    assert seen == {True, False}


def crack_px_of(cache: DecodedCache, crop: np.ndarray) -> int:
    """Find a crop in the pictures again, turned and mirrored, and count the mask's crack pixels there."""
    best, crack_px = -1.0, -1
    for position in range(len(cache)):
        pixels, mask = cache.read(position)
        for turns in range(4):
            for form in (np.rot90(crop, turns), np.rot90(crop, turns)[:, ::-1]):
                fit = cv2.matchTemplate(pixels, np.ascontiguousarray(form), cv2.TM_CCOEFF_NORMED)
                if fit.max() > best:
                    best = float(fit.max())
                    row, column = np.unravel_index(int(fit.argmax()), fit.shape)
                    crack_px = int(mask[row : row + 32, column : column + 32].sum())
    assert best > 0.9
    return crack_px


def test_what_shows_too_little_of_a_crack_does_not_count(masked: DecodedCache):
    """No crop of a drawn picture holds so many crack pixels, so those on a crack can be neither."""
    recipe = DataRecipe(crop_px=32, crack_share=1.0, min_crack_px=5000, sets={"noncrack": SetRecipe(draw=0)})
    crops = drawn(LabelledCropSource(masked, recipe, seed=1), 20)
    assert not any(crop.cracked for crop in crops)
    assert [crop.loss_weight for crop in crops].count(0.0) > 10


def test_sets_are_drawn_and_weighed_by_the_recipe(masked: DecodedCache):
    sets = {"drawn": SetRecipe(draw=1, loss=2), "noncrack": SetRecipe(draw=3, loss=0.5)}
    source = LabelledCropSource(masked, DataRecipe(crop_px=32, min_crack_px=1, sets=sets), seed=1)
    weights = [crop.loss_weight for crop in drawn(source, 200)]
    assert 120 < weights.count(0.5) < 180


def test_pictures_of_class_folders_are_shown_whole_with_the_label_of_their_folder(tiles: DecodedCache):
    recipe = DataRecipe(crop_px=64, scale_range=(0.7, 3.0))
    for crop in drawn(LabelledCropSource(tiles, recipe, seed=1), 40):
        grey = np.median(crop.pixels)
        assert crop.cracked == (grey == DARK)
        assert grey in (DARK, LIGHT)
        white = float(np.mean(crop.pixels == 255))
        assert white < 0.35, "nearer, the beam at the border would fill the view"


def test_so_many_pictures_of_class_folders_are_cracked_as_the_recipe_says(tiles: DecodedCache):
    for share in (0.5, 0.9):
        source = LabelledCropSource(tiles, DataRecipe(crop_px=32, crack_share=share), seed=1)
        assert sum(crop.cracked for crop in drawn(source, 200)) == pytest.approx(200 * share, abs=25)


def test_crack_free_pictures_beside_cracked_ones_are_treated_alike(tiles: DecodedCache):
    """Both are shown in whole pictures, turned and scaled alike: the beam is seen as often."""
    source = LabelledCropSource(tiles, DataRecipe(crop_px=32, crack_share=0.5), seed=1)
    white: dict[bool, list[float]] = {True: [], False: []}
    for crop in drawn(source, 300):
        white[crop.cracked].append(float(np.mean(crop.pixels == 255)))
    assert np.mean(white[True]) == pytest.approx(np.mean(white[False]), abs=0.02)


def test_pictures_too_large_to_be_looked_at_whole_are_named(
    tmp_path: Path, tiles: DecodedCache, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING, logger="crackscope.training"):
        warn_of_large_wholes(tiles, side_px=32)
        assert caplog.messages == []
        large = write_tiles(tmp_path, side_px=100)
        cache = DecodedCache(find_samples([large], unmasked_cracks=True), tmp_path / "cache")
        warn_of_large_wholes(cache, side_px=32)
    (said,) = caplog.messages
    assert "tiles: 2 cracked pictures without masks are up to 100 px long" in said
    assert "set data.crop_px to 96 or more" in said


def test_validation_judges_small_pictures_whole_and_large_ones_in_patches(
    masked: DecodedCache, tiles: DecodedCache
):
    views = validation_views(tiles, side_px=32, min_crack_px=5)
    assert [view.box for view in views] == [None] * 8
    assert sum(view.cracked for view in views) == 2
    patches = validation_views(masked, side_px=64, min_crack_px=5)
    cracked = [view for view in patches if view.cracked]
    assert all(view.box is not None and view.box.height == view.box.width == 64 for view in patches)
    for view in cracked:
        assert view.box is not None
        assert masked.read(view.position)[1][view.box.slices].sum() >= 5
    assert all(
        masked.read(view.position)[1][view.box.slices].sum() == 0
        for view in patches
        if not view.cracked and view.box is not None
    )


def test_segmentation_crops_are_what_they_were(masked: DecodedCache):
    """The same draws, whoever asks for the set."""
    source = CropSource(masked, DataRecipe(crop_px=32), seed=3)
    rng = np.random.default_rng((3, 1, 7))
    name = rng.choice(["drawn", "noncrack"], p=[0.5, 0.5])
    of_set = [n for n, sample in enumerate(masked.samples) if sample.set_name == name]
    assert source.plan(1, 7).position == rng.choice(of_set)


def test_a_whole_view_is_the_one_that_the_engine_takes(tiles: DecodedCache):
    """Unscaled and unturned, training shows what inspection shows, but for half a pixel, turns, mirrors."""
    recipe = DataRecipe(crop_px=64, scale_range=(1, 1), turn_deg=0)
    views = [whole_view(tiles.read(position)[0], side_px=64) for position in range(len(tiles))]
    forms = [np.rot90(each, turns) for each in views for turns in range(4)]
    forms += [form[:, ::-1] for form in forms]
    for crop in drawn(LabelledCropSource(tiles, recipe, seed=2), 10):
        assert min(np.abs(crop.pixels - form.astype(float)).mean() for form in forms) < 5
