"""Tiles and their blending: nothing lost, nothing seen twice, no seam."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.imaging.tiles import blend_strips, tile_grid


@st.composite
def grids(draw):
    align = draw(st.sampled_from([1, 4, 8]))
    tile = align * draw(st.integers(24 // align, 96 // align))
    overlap = draw(st.integers(0, min(tile - align, 3 * tile // 4)))
    margin = draw(st.integers(0, max((overlap - 1) // 2, 0)))
    height, width = draw(st.integers(1, 260)), draw(st.integers(1, 260))
    return (
        overlap,
        align,
        tile_grid(height, width, tile_px=tile, overlap_px=overlap, margin_px=margin, align_px=align),
    )


def blended(grid, predict):
    strips = list(blend_strips(grid, lambda row: [predict(tile) for tile in row]))
    begins = [row for row, _ in strips]
    heights = [strip.shape[0] for _, strip in strips]
    assert begins == [0, *np.cumsum(heights)[:-1]]
    return np.concatenate([strip for _, strip in strips])


@settings(deadline=None, max_examples=60)
@given(grids())
def test_tiles_cover_the_photo_with_the_overlap_asked_for(case):
    overlap, align, grid = case
    seen = np.zeros((grid.height, grid.width), np.int32)
    for row in grid.rows:
        for tile in row:
            seen[tile.slices] += 1
            assert tile.row % align == 0
            assert tile.column % align == 0
            assert tile.row + tile.height <= grid.height
            assert tile.column + tile.width <= grid.width
    assert seen.min() >= 1
    for before, after in zip(grid.rows[0], grid.rows[0][1:], strict=False):
        assert before.column + before.width - after.column >= overlap


@settings(deadline=None, max_examples=60)
@given(grids())
def test_a_map_that_all_tiles_agree_on_comes_back_unchanged(case):
    _, _, grid = case
    whole = np.random.default_rng(0).random((grid.height, grid.width), np.float32)
    assert np.array_equal(blended(grid, lambda tile: whole[tile.slices]), whole)


@settings(deadline=None, max_examples=60)
@given(grids())
def test_blending_stays_between_what_the_tiles_say(case):
    _, _, grid = case
    rng = np.random.default_rng(1)
    result = blended(grid, lambda tile: np.full((tile.height, tile.width), rng.random(), np.float32))
    assert result.shape == (grid.height, grid.width)
    assert 0 <= result.min() <= result.max() <= 1


def test_what_lies_in_the_margin_of_an_inner_edge_is_not_used():
    grid = tile_grid(300, 300, tile_px=100, overlap_px=30, margin_px=9)

    def spoiled(tile):
        values = np.ones((tile.height, tile.width), np.float32)
        values[: 9 if tile.row else 0] = 0
        values[:, : 9 if tile.column else 0] = 0
        values[tile.height - (9 if tile.row + tile.height < 300 else 0) :] = 0
        values[:, tile.width - (9 if tile.column + tile.width < 300 else 0) :] = 0
        return values

    assert blended(grid, spoiled).min() == 1.0


def test_two_tiles_that_disagree_fade_along_a_raised_cosine():
    grid = tile_grid(10, 150, tile_px=100, overlap_px=50)
    result = blended(grid, lambda tile: np.full((10, 100), float(tile.column > 0), np.float32))
    assert (result[:, :50] == 0).all()
    assert (result[:, 100:] == 1).all()
    cosine = 0.5 - 0.5 * np.cos(np.pi * (np.arange(50) + 0.5) / 50)
    np.testing.assert_allclose(result[4, 50:100], cosine, atol=1e-6)


def test_only_one_row_of_tiles_is_asked_for_before_its_strip_is_yielded():
    asked = []
    grid = tile_grid(1000, 64, tile_px=64, overlap_px=16)

    def predict(row):
        asked.append(row)
        return [np.zeros((tile.height, tile.width), np.float32) for tile in row]

    for number, (_, strip) in enumerate(blend_strips(grid, predict), start=1):
        assert len(asked) == number
        assert strip.shape[0] <= 64


def test_a_small_photo_is_one_tile():
    (row,) = tile_grid(1, 1, tile_px=512, overlap_px=64, align_px=32).rows
    assert [(tile.height, tile.width) for tile in row] == [(1, 1)]


def test_sizes_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="use larger tiles"):
        tile_grid(100, 100, tile_px=64, overlap_px=64)
    with pytest.raises(ValueError, match="nothing between margins"):
        tile_grid(100, 100, tile_px=64, overlap_px=16, margin_px=8)
    with pytest.raises(ValueError, match="has no tiles"):
        tile_grid(0, 100, tile_px=64, overlap_px=16)


def test_predictions_of_another_shape_are_refused():
    grid = tile_grid(64, 64, tile_px=64, overlap_px=0)
    with pytest.raises(ValueError, match="predictions of shapes"):
        list(blend_strips(grid, lambda _: [np.zeros((32, 32), np.float32)]))
