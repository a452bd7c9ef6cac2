from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco_mask

from crackscope.datasets.polygons import fill_polygon, joined_rings, outlines
from crackscope.datasets.shapes import Shapes
from crackscope.imaging.synthetic import draw_photo

# pycocotools is older than NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

COORDINATES = st.one_of(
    st.floats(-40, 80, allow_nan=False, width=64),
    st.integers(-10, 45).map(float),
    st.integers(-100, 450).map(lambda fifth: fifth / 10),
)
MASKS = st.tuples(st.integers(1, 14), st.integers(1, 14)).flatmap(lambda shape: arrays(np.bool_, shape))


def _by_pycocotools(rings, height: int, width: int):
    """What the reference makes of rings, united."""
    if not rings:
        return np.zeros((height, width), bool)
    encoded = coco_mask.frPyObjects([ring.reshape(-1).tolist() for ring in rings], height, width)
    return coco_mask.decode(coco_mask.merge(encoded)).astype(bool)


def _united(rings, height: int, width: int):
    mask = np.zeros((height, width), bool)
    for ring in rings:
        mask |= fill_polygon(ring, height=height, width=width)
    return mask


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=12),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_a_polygon_is_filled_as_pycocotools_fills_it(points, height: int, width: int):
    ring = np.array(points)
    np.testing.assert_array_equal(
        fill_polygon(ring, height=height, width=width), _by_pycocotools([ring], height, width)
    )


@pytest.mark.parametrize(
    "ring",
    [
        [[2, 2], [2, 2], [2, 2]],
        [[1, 1], [8, 5], [1, 1], [8, 5]],
        [[0, 0], [10, 10], [10, 0], [0, 10]],
        [[-5, -5], [50, -5], [50, 50], [-5, 50]],
        [[-9, 2], [-3, 2], [-3, 8]],
        [[30, 30], [40, 30], [40, 40]],
        [[0.1, 0.1], [0.2, 9], [0.3, 0.1]],
        [[0, 3], [1e6, 4], [0, 5]],
    ],
    ids=["point", "line", "bow-tie", "around", "left of it", "past it", "thinner than a pixel", "far"],
)
def test_a_degenerate_polygon_is_filled_as_pycocotools_fills_it(ring):
    points = np.array(ring, float)
    np.testing.assert_array_equal(
        fill_polygon(points, height=11, width=12), _by_pycocotools([points], 11, 12)
    )


def test_a_polygon_of_many_corners_over_a_wide_picture_is_filled_as_pycocotools_fills_it():
    points = np.random.default_rng(3).uniform(-100, 2600, (1500, 2))
    np.testing.assert_array_equal(
        fill_polygon(points, height=400, width=2500), _by_pycocotools([points], 400, 2500)
    )


def test_no_points_fill_nothing():
    assert not fill_polygon(np.zeros((0, 2)), height=3, width=3).any()


@settings(max_examples=400, deadline=None)
@given(MASKS)
def test_outlines_fill_to_the_very_mask(mask):
    rings = outlines(mask)
    np.testing.assert_array_equal(_united(rings, *mask.shape), mask)
    np.testing.assert_array_equal(_by_pycocotools(rings, *mask.shape), mask)
    assert all(len(ring) >= 4 for ring in rings)


@settings(max_examples=200, deadline=None)
@given(MASKS)
def test_joined_outlines_fill_to_the_very_mask(mask):
    if rings := outlines(mask):
        np.testing.assert_array_equal(_united([joined_rings(rings)], *mask.shape), mask)


def test_pieces_that_touch_at_a_corner_are_one_ring_and_a_hole_hangs_on_its_ring():
    diagonal = np.eye(3, dtype=bool)
    assert len(outlines(diagonal)) == 1
    frame = np.ones((7, 9), bool)
    frame[2:5, 2:4] = frame[3, 6] = False
    (ring,) = outlines(frame)
    np.testing.assert_array_equal(fill_polygon(ring, height=7, width=9), frame)


def test_a_rectangle_has_its_four_corners_only():
    mask = np.zeros((20, 30), bool)
    mask[4:9, 7:25] = True
    (ring,) = outlines(mask)
    assert sorted(map(tuple, ring)) == [(7, 4), (7, 9), (25, 4), (25, 9)]


def test_outlines_of_drawn_cracks_fill_to_the_very_mask():
    for seed in range(4):
        mask = draw_photo(height=300, width=400, seed=seed).mask
        np.testing.assert_array_equal(_by_pycocotools(outlines(mask), *mask.shape), mask)


def test_rings_of_one_crack_are_united_and_cracks_stay_apart(tmp_path: Path):
    square = np.array([[0.0, 0], [4, 0], [4, 4], [0, 4]])
    shapes = Shapes(tmp_path / "a.json", ((square, square + 2), (square + 5,)))
    first, second = shapes.read_cracks(height=10, width=10)
    assert (first.sum(), second.sum()) == (28, 16)
    np.testing.assert_array_equal(shapes.read(height=10, width=10), first | second)
