from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crackscope.datasets.audit.facts import to_grey
from crackscope.datasets.audit.orientation import LARGEST_DARKNESS, fit_orientation, local_darkness
from crackscope.datasets.turns import KEEPING_SHAPE, SWAPPING_SIDES, TURNS, turn_of_exif, turned
from crackscope.imaging.synthetic import draw_photo, straight_crack

UNDONE_BY = {**{turn: turn for turn in TURNS}, "turn-90": "turn-270", "turn-270": "turn-90"}


@cache
def _drawn(seed: int, height: int, width: int):
    photo = draw_photo(height=height, width=width, seed=seed, cracks=1)
    return to_grey(photo.pixels), photo.mask


def _symmetry(mask: np.ndarray) -> float:
    """Correlation of a blurred mask with itself in the other orientation that is most like it."""
    blurred = cv2.blur(mask.astype(np.float32), (9, 9))
    blurred -= blurred.mean()
    others = [turned(blurred, turn) for turn in TURNS]
    return max(float((o * blurred).sum() / (blurred**2).sum()) for o in others if o.shape == blurred.shape)


def test_the_eight_orientations_of_a_small_array_are_as_written_by_hand():
    array = np.array([[1, 2, 3], [4, 5, 6]])
    assert {turn: turned(array, turn).tolist() for turn in TURNS} == {
        "mirror": [[3, 2, 1], [6, 5, 4]],
        "turn-180": [[6, 5, 4], [3, 2, 1]],
        "flip": [[4, 5, 6], [1, 2, 3]],
        "transpose": [[1, 4], [2, 5], [3, 6]],
        "turn-90": [[4, 1], [5, 2], [6, 3]],  # clockwise
        "transverse": [[6, 3], [5, 2], [4, 1]],
        "turn-270": [[3, 6], [2, 5], [1, 4]],
    }


def test_exif_orientations_name_what_puts_a_picture_upright():
    # CIPA DC-008: 3 is upside down, 6 has to be turned clockwise, 8 the other way.
    assert [turn_of_exif(number) for number in (1, 2, 3, 4, 6, 8)] == [
        None,
        "mirror",
        "turn-180",
        "flip",
        "turn-90",
        "turn-270",
    ]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 200),
    turn=st.sampled_from(TURNS),
    size=st.sampled_from([(120, 168), (168, 120), (144, 144)]),
)
def test_a_mask_that_lies_wrong_is_recognised_and_its_turn_puts_it_right(seed, turn, size):
    grey, mask = _drawn(seed, *size)
    assume(mask.any())
    assume(_symmetry(mask) < 0.5)
    stored = turned(mask, UNDONE_BY[turn])
    fit = fit_orientation(grey, stored)
    assert fit.wrong
    assert fit.best_turn == turn
    np.testing.assert_array_equal(turned(stored, fit.best_turn), mask)


def test_masks_that_lie_right_are_not_called_wrong():
    wrong = []
    for seed in range(100):
        height, width = ((120, 168), (168, 120), (144, 144))[seed % 3]
        surface = ("concrete", "asphalt", "plaster")[seed // 3 % 3]
        photo = draw_photo(
            height=height, width=width, seed=1000 + seed, surface=surface, distractors=seed % 2
        )
        fit = fit_orientation(to_grey(photo.pixels), photo.mask)
        assert fit.own is not None
        if fit.wrong:
            wrong.append(seed)
    assert wrong == []


def test_a_large_picture_is_judged_as_its_reduction():
    photo = draw_photo(height=600, width=900, seed=4, cracks=1)
    fit = fit_orientation(to_grey(photo.pixels), turned(photo.mask, "flip"))
    assert (fit.wrong, fit.best_turn) == (True, "flip")


def test_a_symmetric_mask_is_not_called_wrong():
    photo = draw_photo(height=101, width=101, seed=1, cracks=[straight_crack((50, 10), (50, 90), 4)])
    assert not fit_orientation(to_grey(photo.pixels), photo.mask).wrong


@pytest.mark.parametrize("size", [(40, 60), (50, 50), (1, 1), (1, 300)])
@pytest.mark.parametrize("value", [False, True])
def test_an_empty_or_full_mask_fits_as_well_as_any(size, value):
    grey = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    fit = fit_orientation(grey, np.full(size, value))
    assert (fit.own, fit.best_turn, fit.wrong) == (0.0, None, False)


def test_an_empty_mask_with_swapped_sides_tells_no_turn():
    fit = fit_orientation(np.zeros((40, 60), np.uint8), np.zeros((60, 40), bool))
    assert (fit.own, fit.best_turn, fit.wrong) == (None, None, False)


@pytest.mark.parametrize("shape", [(40, 61), (20, 30), (80, 120), (60, 41)])
def test_a_shape_that_fits_in_no_orientation_is_refused(shape):
    with pytest.raises(ValueError, match="in no orientation"):
        fit_orientation(np.zeros((40, 60), np.uint8), np.zeros(shape, bool))


def test_where_the_sides_are_swapped_only_turns_that_swap_them_are_compared():
    grey, mask = _drawn(3, 120, 168)
    for turn in SWAPPING_SIDES:
        fit = fit_orientation(grey, turned(mask, turn))
        assert fit.own is None
        assert fit.best_turn in SWAPPING_SIDES
    for turn in KEEPING_SHAPE:
        fit = fit_orientation(grey, turned(mask, turn))
        assert fit.own is not None
        assert fit.best_turn in KEEPING_SHAPE


def test_on_a_picture_without_contrast_nothing_is_called_wrong():
    _, mask = _drawn(3, 120, 168)
    grey = np.full(mask.shape, 128, np.uint8)
    assert not fit_orientation(grey, mask).wrong
    assert not fit_orientation(grey, turned(mask, "transpose")).wrong


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 2), (1, 5000), (5000, 1), (3, 9000)])
def test_pictures_of_any_size_and_shape_are_compared(size):
    grey = np.random.default_rng(1).integers(0, 256, size, np.uint8)
    mask = np.zeros(size, bool)
    mask.flat[0] = True
    for other in (mask, mask.T):
        fit = fit_orientation(grey, np.ascontiguousarray(other))
        assert -1.001 <= fit.best <= 1.001


def test_a_dark_line_is_darker_than_what_is_around_it_and_nothing_else_is():
    grey = np.full((80, 80), 200, np.uint8)
    grey[38:41] = 60
    darkness = local_darkness(grey)
    assert darkness.min() >= 0
    assert darkness.max() <= LARGEST_DARKNESS
    assert darkness[39].min() > 1
    assert darkness[:30].max() < 0.01


def test_light_does_not_change_the_darkness_of_a_line():
    grey = np.full((80, 80), 100, np.uint8)
    grey[38:41] = 40
    bright = grey + 80
    np.testing.assert_allclose(local_darkness(grey), local_darkness(bright), atol=1e-3)
