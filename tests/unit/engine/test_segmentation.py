import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from crackscope.engine import segmentation
from crackscope.engine.model_card import ModelInput
from crackscope.engine.segmentation import Segmenter, best_tile_px
from crackscope.errors import ModelFileError


@pytest.fixture(scope="module")
def segmenter(dark_model_file):
    return Segmenter(dark_model_file, threads=2)


@pytest.fixture
def small_tiles(monkeypatch):
    """Tile as a photo of 100 megapixels is tiled, but at a size for tests."""
    monkeypatch.setattr(segmentation, "WHOLE_MAX_PIXELS", 60_000)
    monkeypatch.setattr(segmentation, "SMALLEST_TILE_PX", 192)
    monkeypatch.setattr(segmentation, "LARGEST_TILE_PX", 256)


def line_photo(height, width):
    """A light wall with dark lines across it, so that every tile holds something to find."""
    rows, columns = np.mgrid[:height, :width]
    dark = ((rows + columns // 3) % 200 < 4) | ((columns - rows // 5) % 310 < 3)
    noise = np.random.default_rng(1).integers(-12, 13, (height, width))
    grey = np.where(dark, 60, 170 + 20 * np.sin(rows / 300)) + noise
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def test_a_dark_line_is_found_where_it_is(segmenter):
    pixels = np.full((90, 130, 3), 180, np.uint8)
    pixels[50:53, 20:110] = 40
    found = segmenter.probability_map(pixels) >= 0.5
    expected = np.zeros((90, 130), bool)
    expected[50:53, 20:110] = True
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 3), (5, 4), (33, 31), (10, 4000), (4000, 10)])
def test_a_photo_of_any_size_gets_a_map_of_its_size(segmenter, size):
    probability = segmenter.probability_map(np.full((*size, 3), 90, np.uint8))
    assert probability.shape == size
    assert probability.dtype == np.float32
    assert ((probability >= 0) & (probability <= 1)).all()


@pytest.mark.usefixtures("small_tiles")
def test_tiles_give_what_the_whole_photo_gives(segmenter, monkeypatch):
    pixels = line_photo(500, 630)
    tiled = segmenter.probability_map(pixels)
    monkeypatch.setattr(segmentation, "WHOLE_MAX_PIXELS", pixels.size)
    whole = segmenter.probability_map(pixels)
    np.testing.assert_allclose(tiled, whole, atol=1e-5)
    assert (whole >= 0.5).any()


@pytest.mark.usefixtures("small_tiles")
def test_strips_follow_one_another_without_gap(segmenter):
    pixels = line_photo(1001, 270)
    next_row = 0
    for row, strip in segmenter.strips(pixels):
        assert row == next_row
        assert strip.shape[1] == 270
        next_row += len(strip)
    assert next_row == 1001


def test_a_photo_of_65000_by_10_is_predicted(segmenter):
    assert sum(len(strip) for _, strip in segmenter.strips(np.full((65_000, 10, 3), 120, np.uint8))) == 65_000


@pytest.mark.usefixtures("small_tiles")
def test_a_low_band_is_predicted_in_low_tiles(segmenter):
    pixels = np.full((40, 4000, 3), 150, np.uint8)
    pixels[20:22] = 40
    probability = segmenter.probability_map(pixels)
    assert (probability[20:22] > 0.5).all()
    assert (probability[:16] < 0.5).all()


@pytest.mark.usefixtures("small_tiles")
def test_memory_depends_on_the_width_and_not_on_the_height(segmenter):
    def peak_bytes(height):
        pixels = np.full((height, 270, 3), 100, np.uint8)
        tracemalloc.start()
        for _ in segmenter.strips(pixels):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    peak_bytes(1500)
    assert peak_bytes(6000) < 1.1 * peak_bytes(1500)


def test_a_model_of_one_size_takes_photos_of_every_size(dark_model, tmp_path, segmenter):
    card = replace(dark_model.DARK_CARD, input=ModelInput(stride=4, fixed_size=(256, 320)))
    fixed = Segmenter(dark_model.write_dark_model(tmp_path / "fixed.onnx", card), threads=2)
    for size in [(5, 9), (256, 320), (300, 500)]:
        pixels = line_photo(*size)
        ours, free = fixed.probability_map(pixels), segmenter.probability_map(pixels)
        assert ours.shape == size
        middle = slice(16, -16)  # padding differs at the lower and right edge
        np.testing.assert_allclose(ours[middle, middle], free[middle, middle], atol=1e-4)


def test_engines_agree(segmenter, dark_model_file):
    pytest.importorskip("onnxruntime")
    other = Segmenter(dark_model_file, engine="onnxruntime", threads=1)
    assert (segmenter.engine, other.engine) == ("openvino", "onnxruntime")
    pixels = line_photo(333, 257)
    np.testing.assert_allclose(other.probability_map(pixels), segmenter.probability_map(pixels), atol=1e-5)


def test_preparing_changes_no_result(dark_model_file):
    prepared = Segmenter(dark_model_file, threads=1)
    pixels = line_photo(100, 90)
    before = prepared.probability_map(pixels)
    prepared.prepare(height=100, width=90)
    np.testing.assert_allclose(prepared.probability_map(pixels), before, atol=1e-6)


def test_a_model_for_another_task_is_refused(dark_model, tmp_path):
    card = replace(dark_model.DARK_CARD, task="classify")
    path = dark_model.write_dark_model(tmp_path / "c.onnx", card)
    with pytest.raises(ModelFileError, match=r"c\.onnx: a model for the task 'classify', not 'segment'"):
        Segmenter(path)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_no_rgb_photo_is_refused(segmenter, pixels):
    with pytest.raises(ValueError, match="pixels must be uint8 of shape"):
        segmenter.probability_map(pixels)


@pytest.mark.parametrize("size", [(3000, 4000), (8000, 12_000), (900, 20_000), (1225, 1225)])
def test_the_best_tile_computes_no_more_than_any_other(size):
    def computed(side):
        overlap_px = 32 * segmentation.OVERLAP_STRIDES
        grid = segmentation.tile_grid(*size, tile_px=side, overlap_px=overlap_px, align_px=32)
        return sum(min(side, size[0]) * min(side, size[1]) for row in grid.rows for _ in row)

    best = best_tile_px(*size, stride=32)
    assert best % 32 == 0
    sides = range(1024, segmentation.LARGEST_TILE_PX + 1, 32)
    assert computed(best) == min(computed(side) for side in sides)
