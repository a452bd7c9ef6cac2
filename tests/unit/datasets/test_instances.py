import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crackscope.datasets.instances import single_cracks
from crackscope.imaging import draw_mask, straight_crack, wandering_crack


def lines(*strokes: tuple[float, float, float, float], width_px: float = 3, size: int = 200) -> np.ndarray:
    """Strokes with square ends, as (row, column, row, column)."""
    cracks = [straight_crack(stroke[:2], stroke[2:], width_px) for stroke in strokes]
    return draw_mask(cracks, height=size, width=size)


def union(cracks, shape) -> np.ndarray:
    together = np.zeros(shape, int)
    for crack in cracks:
        together += crack.mask.decode()
    assert together.max(initial=0) <= 1
    return together.astype(bool)


@pytest.mark.parametrize("degrees", range(0, 180, 15))
@pytest.mark.parametrize("width_px", [1, 2, 3, 7])
def test_a_gap_in_a_straight_crack_is_joined(degrees, width_px):
    way = np.array([np.sin(np.radians(degrees)), np.cos(np.radians(degrees))])
    ends = [tuple(100 + way * at) for at in (-80, -4, 4, 80)]
    pieces = [straight_crack(ends[0], ends[1], width_px), straight_crack(ends[2], ends[3], width_px)]
    mask = draw_mask(pieces, height=200, width=200)
    (crack,) = single_cracks(mask)
    assert np.array_equal(crack.mask.decode(), mask)
    assert crack.area == mask.sum()
    assert len(single_cracks(mask, join_gap_px=0)) == 2


def test_a_gap_is_measured_in_background_pixels():
    mask = np.zeros((40, 100), bool)
    mask[20, 5:40] = mask[20, 50:90] = True
    assert len(single_cracks(mask, join_gap_px=10.5)) == 1
    assert len(single_cracks(mask, join_gap_px=9.5)) == 2


def test_a_crack_that_goes_on_at_an_angle_within_the_limit_is_joined():
    way = np.radians(25)
    bent = lines((100, 10, 100, 90), (100, 98, round(100 + 80 * np.sin(way)), round(98 + 80 * np.cos(way))))
    assert len(single_cracks(bent)) == 1
    assert len(single_cracks(bent, join_angle_deg=15)) == 2


def test_a_gap_sideways_is_not_joined():
    assert len(single_cracks(lines((100, 10, 100, 90), (110, 92, 110, 180)))) == 2


@pytest.mark.parametrize("apart_px", [4, 6, 10])
def test_parallel_cracks_stay_apart(apart_px):
    assert len(single_cracks(lines((50, 20, 50, 180), (50 + apart_px, 20, 50 + apart_px, 180)))) == 2


def test_an_end_that_points_at_the_side_of_another_crack_stays_apart():
    assert len(single_cracks(lines((100, 10, 100, 190), (20, 100, 92, 100)))) == 2


def test_a_corner_across_a_gap_is_not_joined():
    assert len(single_cracks(lines((100, 10, 100, 90), (108, 94, 180, 94)))) == 2


def test_cracks_that_cross_are_one_and_cracks_that_only_come_near_are_not():
    assert len(single_cracks(lines((20, 20, 180, 180), (20, 180, 180, 20)))) == 1
    assert len(single_cracks(lines((20, 20, 180, 100), (20, 190, 180, 110)))) == 2


def test_an_end_goes_on_in_the_straightest_of_two():
    mask = lines((100, 10, 100, 90), (100, 97, 100, 180), (105, 97, 105, 180))
    boxes = [crack.box for crack in single_cracks(mask)]
    assert [(box.row, box.width > 150) for box in boxes] == [(99, True), (104, False)]


def test_a_dot_in_line_between_two_ends_belongs_to_their_crack():
    mask = lines((100, 10, 100, 82), (100, 108, 100, 190))
    assert len(single_cracks(mask)) == 2
    mask[99:102, 94:97] = True
    (crack,) = single_cracks(mask)
    assert crack.area == mask.sum()


def test_dots_in_a_gap_that_is_joined_anyway_belong_to_the_crack():
    mask = lines((100, 10, 100, 90), (100, 102, 100, 190))
    mask[100, 95] = mask[100, 97] = True
    (crack,) = single_cracks(mask)
    assert crack.area == mask.sum()


def test_a_dot_beside_the_line_between_two_ends_is_dropped():
    mask = lines((100, 10, 100, 82), (100, 108, 100, 190))
    mask[112:115, 94:97] = True
    assert [crack.area > 100 for crack in single_cracks(mask)] == [True, True]


def test_specks_are_dropped_and_the_crack_stays():
    mask = lines((100, 10, 100, 190))
    mask[5:80:6, 5:190:9] = True
    mask[110:190:7, 5:190:8] = True
    (crack,) = single_cracks(mask)
    assert (crack.box.row, crack.box.height) == (99, 3)


def test_dashes_are_joined_before_small_cracks_are_dropped():
    mask = np.zeros((20, 100), bool)
    for left in range(5, 90, 14):
        mask[10, left : left + 8] = True
    (crack,) = single_cracks(mask)
    assert crack.area == mask.sum()
    assert single_cracks(mask, join_gap_px=0) == []


def test_order_is_by_top_row_then_left_column():
    mask = lines((150, 20, 150, 60), (30, 120, 30, 180), (30, 20, 30, 60))
    places = [(crack.box.row, crack.box.column) for crack in single_cracks(mask)]
    assert places == sorted(places)
    assert len(places) == 3


def test_an_empty_mask_has_no_cracks():
    assert single_cracks(np.zeros((30, 40), bool)) == []
    assert single_cracks(np.zeros((0, 40), bool)) == []


def test_a_full_mask_and_cracks_at_the_border_are_whole():
    assert single_cracks(np.ones((30, 40), bool))[0].area == 1200
    mask = np.zeros((200, 200), bool)
    mask[0, :91] = mask[0, 98:] = mask[120:, 0] = True
    assert [(c.box.row, c.box.height, c.box.width) for c in single_cracks(mask)] == [
        (0, 1, 200),
        (120, 80, 1),
    ]


def test_a_wide_crack_does_not_fall_off_the_picture():
    mask = np.zeros((500, 700), bool)
    mask[100:400, :330] = mask[100:400, 340:] = mask[480, 100:140] = True
    assert np.array_equal(union(single_cracks(mask), mask.shape), mask)


def test_a_mask_that_is_a_slice_is_read_as_it_is():
    mask = lines((100, 10, 100, 190))[::2, ::2]
    assert single_cracks(mask)[0].area == mask.sum()


@pytest.mark.parametrize("wrong", [np.zeros((3, 3), np.uint8), np.zeros((3, 3, 1), bool)])
def test_what_is_no_mask_is_refused(wrong):
    with pytest.raises(ValueError, match="bool array"):
        single_cracks(wrong)


@pytest.mark.parametrize(
    "limits", [{"min_area_px": 0}, {"join_gap_px": -1}, {"join_angle_deg": 91}, {"join_gap_px": float("nan")}]
)
def test_impossible_limits_are_refused(limits):
    with pytest.raises(ValueError, match="impossible"):
        single_cracks(np.zeros((3, 3), bool), **limits)


@given(mask=arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40))))
@settings(max_examples=60, deadline=None)
def test_cracks_are_apart_and_at_the_lowest_limits_make_up_the_mask(mask):
    inside = union(single_cracks(mask), mask.shape)
    assert not (inside & ~mask).any()
    assert np.array_equal(union(single_cracks(mask, min_area_px=1, join_gap_px=0), mask.shape), mask)
    assert np.array_equal(union(single_cracks(mask, min_area_px=1), mask.shape), mask)


@given(seed=st.integers(0, 10_000), gap_px=st.floats(0, 30), count=st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_joining_makes_no_more_cracks_and_boxes_fit(seed, gap_px, count):
    rng = np.random.default_rng(seed)
    mask = lines(*rng.uniform(0, 120, (count, 4)).tolist(), size=120, width_px=rng.uniform(1, 6))
    joined = single_cracks(mask, min_area_px=1, join_gap_px=gap_px)
    assert len(joined) <= len(single_cracks(mask, min_area_px=1, join_gap_px=0))
    assert np.array_equal(union(joined, mask.shape), mask)
    assert all(crack.box == crack.mask.bounding_box() for crack in joined)


@pytest.mark.parametrize("rotation", [1, 2, 3])
def test_the_cracks_of_a_turned_mask_are_the_turned_cracks(rotation):
    mask = lines((30, 20, 60, 90), (63, 97, 90, 170), (150, 20, 140, 170))
    turned = single_cracks(np.rot90(mask, rotation).copy())
    assert sorted(crack.area for crack in turned) == sorted(crack.area for crack in single_cracks(mask))
    assert len(turned) == 2


@pytest.mark.parametrize("seed", range(8))
def test_a_piece_missing_from_a_wandering_crack_leaves_it_one(seed):
    crack = wandering_crack(np.random.default_rng(seed), 300, 300, 4.0, roughness=0.06)
    mask = draw_mask([crack], height=300, width=300)
    row, column = crack.centreline[len(crack.centreline) // 2]
    rows, columns = np.ogrid[:300, :300]
    mask &= np.hypot(rows - row, columns - column) > 4.5
    assert len(single_cracks(mask, join_gap_px=0)) == 2
    assert len(single_cracks(mask)) == 1


def test_thousands_of_specks_take_no_longer_than_a_second_or_so():
    rng = np.random.default_rng(1)
    mask = np.zeros((448, 448), bool)
    for row, column in rng.integers(4, 440, (4000, 2)):
        mask[row, column : column + rng.integers(1, 7)] = True
    start = time.perf_counter()
    single_cracks(mask)
    assert time.perf_counter() - start < 5.0
