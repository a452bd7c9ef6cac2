import numpy as np
import pytest

from crackscope.datasets.audit.facts import to_grey
from crackscope.datasets.audit.mask_facts import (
    NEAR_PX,
    PINHOLE_PX,
    SPECK_PX,
    count_noise,
    examine_mask,
    specks_of,
)
from crackscope.datasets.mask_source import binarised, brightest
from crackscope.imaging.synthetic import draw_photo


def _line_mask(size=(80, 120)) -> np.ndarray:
    """A horizontal crack 5 px wide and 100 px long."""
    mask = np.zeros(size, bool)
    mask[40:45, 10:110] = True
    return mask


@pytest.fixture(scope="module")
def photo():
    return draw_photo(height=120, width=160, seed=3, cracks=1)


@pytest.mark.parametrize("white", [1, 255])
def test_a_mask_of_zero_and_one_or_255_is_binary(white):
    truth = _line_mask()
    mask, values = binarised(np.asarray(truth * white, np.uint8))
    assert values == "binary"
    np.testing.assert_array_equal(mask, truth)


@pytest.mark.parametrize(("black", "white"), [(0, 200), (10, 255), (60, 190)])
def test_of_two_other_values_the_brighter_is_crack(black, white):
    truth = _line_mask()
    mask, values = binarised(np.where(truth, white, black).astype(np.uint8))
    assert values == "two"
    np.testing.assert_array_equal(mask, truth)


def test_of_many_values_those_from_128_on_are_crack():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    mask, values = binarised(ramp)
    assert values == "many"
    np.testing.assert_array_equal(mask, ramp >= 128)


@pytest.mark.parametrize(("value", "crack"), [(0, False), (1, True), (255, True)])
def test_a_mask_of_one_value_is_binary_where_that_is_usual(value, crack):
    mask, values = binarised(np.full((5, 7), value, np.uint8))
    assert values == "binary"
    assert mask.shape == (5, 7)
    assert (mask == crack).all()


def test_the_brightest_channel_of_a_coloured_mask_counts():
    truth = _line_mask()
    pixels = np.zeros((*truth.shape, 3), np.uint8)
    pixels[truth] = (255, 0, 0)
    mask, values = binarised(brightest(pixels))
    assert values == "binary"
    np.testing.assert_array_equal(mask, truth)


def test_a_clean_line_has_no_noise():
    assert count_noise(_line_mask()) == (0, 0)


def test_an_empty_mask_has_no_noise_and_a_full_one_neither():
    assert count_noise(np.zeros((30, 40), bool)) == (0, 0)
    assert count_noise(np.ones((30, 40), bool)) == (0, 0)
    assert count_noise(np.ones((1, 1), bool)) == (1, 0)  # a lone pixel is a speck


def test_lone_specks_are_counted():
    mask = _line_mask()
    places = [(5, 5), (5, 60), (5, 100), (70, 20), (70, 80)]
    for y, x in places:
        mask[y : y + 3, x : x + 3] = True  # of SPECK_PX
    assert SPECK_PX == 9
    assert count_noise(mask) == (5, 0)


def test_a_spot_larger_than_a_speck_is_none():
    mask = _line_mask()
    mask[5:7, 5:10] = True
    assert count_noise(mask) == (0, 0)


def test_pixels_that_touch_at_a_corner_are_one_speck():
    mask = np.zeros((40, 40), bool)
    for i in range(4):
        mask[10 + i, 10 + i] = True
    assert count_noise(mask) == (1, 0)


def test_a_spot_near_a_crack_is_part_of_it():
    near, far = _line_mask(), _line_mask()
    near[40 - NEAR_PX, 50] = True  # the line starts in row 40
    far[40 - NEAR_PX - 2, 50] = True
    assert count_noise(near) == (0, 0)
    assert count_noise(far) == (1, 0)


def test_specks_without_any_crack_are_counted():
    mask = np.zeros((40, 40), bool)
    mask[::10, ::10] = True
    assert count_noise(mask) == (16, 0)


def test_specks_on_the_border_are_counted():
    mask = _line_mask()
    mask[0, 0] = mask[-1, -1] = mask[0, -1] = True
    assert count_noise(mask) == (3, 0)


def test_the_boxes_of_specks_hold_them():
    mask = _line_mask()
    mask[5:7, 20:23] = True
    ((rows, columns),) = specks_of(mask)
    assert (rows, columns) == (slice(5, 7), slice(20, 23))


def test_pinholes_in_a_crack_are_counted():
    mask = _line_mask()
    for x in (20, 40, 60):
        mask[42, x] = False
    mask[42, 80:84] = False  # of PINHOLE_PX
    assert PINHOLE_PX == 4
    assert count_noise(mask) == (0, 4)


def test_a_larger_hole_is_no_pinhole():
    mask = _line_mask()
    mask[42, 20:25] = False
    assert count_noise(mask) == (0, 0)


def test_holes_that_touch_at_a_corner_are_two():
    mask = _line_mask()
    mask[42, 20] = mask[43, 21] = False
    assert count_noise(mask) == (0, 2)


def test_the_background_is_no_pinhole_even_where_a_crack_cuts_off_a_corner():
    mask = _line_mask()
    mask[42, 10] = False  # open to the background on the left
    assert count_noise(mask) == (0, 0)
    thin = np.ones((2, 50), bool)
    thin[1] = False
    assert count_noise(thin) == (0, 0)


def test_facts_of_a_right_mask_are_its_size_share_and_fit(photo):
    facts = examine_mask(photo.mask, to_grey(photo.pixels), mode="L")
    assert (facts.height, facts.width, facts.mode, facts.values) == (120, 160, "L", "binary")
    assert facts.share == pytest.approx(photo.mask.sum() / photo.mask.size)
    assert not facts.inverted
    assert facts.fit is not None
    assert not facts.fit.wrong
    assert facts.fatness is not None


def test_an_inverted_mask_is_recognised_and_looked_at_the_right_way_round(photo):
    grey = to_grey(photo.pixels)
    right, inverted = examine_mask(photo.mask, grey), examine_mask(~photo.mask, grey)
    assert inverted.inverted
    assert inverted.share == pytest.approx(1 - right.share)
    assert (inverted.fit, inverted.fatness) == (right.fit, right.fatness)
    assert (inverted.specks, inverted.pinholes) == (right.specks, right.pinholes)


def test_a_mask_that_marks_most_of_a_dark_picture_is_not_inverted():
    grey = np.full((60, 60), 40, np.uint8)
    grey[:, 40:] = 200
    mask = grey < 100  # two thirds
    assert not examine_mask(mask, grey).inverted
    assert examine_mask(~mask, 255 - grey).inverted is False  # a third


def test_a_mask_that_marks_most_of_the_bright_surface_is_inverted():
    grey = np.full((60, 60), 200, np.uint8)
    grey[:, 40:] = 40
    assert examine_mask(grey > 100, grey).inverted


def test_without_its_picture_only_the_mask_itself_is_told(photo):
    facts = examine_mask(~photo.mask, None)
    assert facts.inverted
    assert (facts.fit, facts.fatness) == (None, None)


def test_a_mask_of_another_shape_is_not_laid_on_the_picture(photo):
    facts = examine_mask(photo.mask[:50], to_grey(photo.pixels))
    assert (facts.fit, facts.fatness) == (None, None)
    assert (facts.height, facts.width) == (50, 160)


def test_a_mask_with_swapped_sides_has_a_fit_but_no_width(photo):
    facts = examine_mask(np.ascontiguousarray(photo.mask.T), to_grey(photo.pixels))
    assert facts.fit is not None
    assert facts.fit.own is None
    assert facts.fatness is None


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 2)])
def test_masks_of_any_size_are_looked_at(size):
    grey = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    for mask in (np.zeros(size, bool), np.ones(size, bool), grey > 128):
        facts = examine_mask(mask, grey)
        assert (facts.height, facts.width) == size
        assert 0 <= facts.share <= 1
