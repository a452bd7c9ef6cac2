from functools import cache

import cv2
import numpy as np
import pytest

from crackscope.datasets.audit.facts import to_grey
from crackscope.datasets.audit.fatness import LEAST_CONTRAST, measure_fatness
from crackscope.imaging.synthetic import draw_photo, straight_crack

SIDE, LENGTH = 260, 200


@cache
def _line(width_px: int, degrees: int = 0):
    """Draw a picture of a straight line through the middle: its brightness and its mask."""
    turn = np.radians(degrees)
    reach = np.array([np.sin(turn), np.cos(turn)]) * LENGTH / 2
    middle = SIDE / 2
    crack = straight_crack(tuple(middle - reach), tuple(middle + reach), width_px)
    photo = draw_photo(height=SIDE, width=SIDE, seed=width_px, cracks=[crack])
    return to_grey(photo.pixels), photo.mask


def _dilated(mask: np.ndarray, radius_px: int) -> np.ndarray:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
    return cv2.dilate(mask.astype(np.uint8), disc) > 0


@pytest.mark.parametrize("degrees", [0, 30, 75, 90])
@pytest.mark.parametrize("width_px", range(4, 13))
def test_widths_of_a_straight_line_and_its_tight_mask_are_the_drawn_one(width_px, degrees):
    fatness = measure_fatness(*_line(width_px, degrees))
    assert fatness is not None
    assert fatness.mask_px == pytest.approx(width_px, abs=1)
    assert fatness.line_px == pytest.approx(width_px, abs=1)


@pytest.mark.parametrize("degrees", [0, 90])
def test_the_mask_of_a_three_pixel_line_is_three_pixels_wide(degrees):
    fatness = measure_fatness(*_line(3, degrees))
    assert fatness is not None
    assert fatness.mask_px == pytest.approx(3, abs=1)


@pytest.mark.parametrize("width_px", [3, 5, 8, 12])
@pytest.mark.parametrize("degrees", [0, 60])
def test_a_tight_mask_is_not_fat(width_px, degrees):
    fatness = measure_fatness(*_line(width_px, degrees))
    assert fatness is not None
    assert not fatness.fat
    assert fatness.factor == pytest.approx(1, abs=0.1)
    assert fatness.margin_px == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("width_px", [5, 6, 8, 10, 12])
@pytest.mark.parametrize("degrees", [0, 30])
def test_a_dilated_mask_is_fat_by_about_the_factor_of_its_dilation(width_px, degrees):
    grey, mask = _line(width_px, degrees)
    for radius_px in (width_px, width_px + 3):
        fatness = measure_fatness(grey, _dilated(mask, radius_px))
        assert fatness is not None
        assert fatness.fat
        assert fatness.factor == pytest.approx((width_px + 2 * radius_px) / width_px, rel=0.2)
        assert fatness.margin_px == pytest.approx(radius_px, abs=2)


@pytest.mark.parametrize("width_px", [3, 4])
def test_the_dilated_mask_of_a_thin_line_is_fat(width_px):
    grey, mask = _line(width_px)
    fatness = measure_fatness(grey, _dilated(mask, width_px + 3))
    assert fatness is not None
    assert fatness.fat


@pytest.mark.parametrize("width_px", [4, 6, 8])
def test_a_pixel_more_on_either_side_is_not_fat(width_px):
    grey, mask = _line(width_px)
    fatness = measure_fatness(grey, _dilated(mask, 1))
    assert fatness is not None
    assert not fatness.fat


def test_a_mask_of_a_line_that_is_not_there_is_not_fat():
    _, mask = _line(5)
    empty = to_grey(draw_photo(height=SIDE, width=SIDE, seed=1, cracks=0).pixels)
    fatness = measure_fatness(empty, _dilated(mask, 8))
    assert fatness is None or not fatness.fat


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_on_a_picture_of_one_grey_there_is_no_contrast(grey):
    _, mask = _line(5)
    fatness = measure_fatness(np.full(mask.shape, grey, np.uint8), _dilated(mask, 8))
    assert fatness is not None
    assert fatness.contrast < LEAST_CONTRAST
    assert not fatness.fat


def test_a_bright_line_has_no_contrast():
    grey, mask = _line(6)
    fatness = measure_fatness(255 - grey, _dilated(mask, 8))
    assert fatness is not None
    assert not fatness.fat


def test_light_across_the_picture_does_not_change_the_widths():
    grey, mask = _line(6)
    light = np.linspace(0, 60, SIDE)[:, np.newaxis]
    shaded = np.clip(grey - light, 0, 255).astype(np.uint8)
    plain, other = (measure_fatness(each, _dilated(mask, 8)) for each in (grey, shaded))
    assert plain is not None
    assert other is not None
    assert other.line_px == pytest.approx(plain.line_px, abs=0.7)


def test_what_lies_far_from_the_mask_does_not_count():
    grey, mask = _line(6)
    wide = np.full((3 * SIDE, 3 * SIDE), 255, np.uint8)
    wide[SIDE : 2 * SIDE, SIDE : 2 * SIDE] = grey
    far = np.zeros(wide.shape, bool)
    far[SIDE : 2 * SIDE, SIDE : 2 * SIDE] = mask
    plain, other = measure_fatness(grey, mask), measure_fatness(wide, far)
    assert plain is not None
    assert other is not None
    assert other.mask_px == plain.mask_px
    assert other.line_px == pytest.approx(plain.line_px, abs=0.5)


def test_an_empty_mask_has_no_width():
    assert measure_fatness(np.zeros((50, 60), np.uint8), np.zeros((50, 60), bool)) is None


def test_a_few_pixels_of_mask_tell_no_width():
    grey, mask = _line(5)
    few = np.zeros_like(mask)
    few[100, 100:120] = True
    assert measure_fatness(grey, few) is None


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (50, 60)])
def test_a_full_mask_is_not_fat(size):
    grey = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    fatness = measure_fatness(grey, np.ones(size, bool))
    assert fatness is None or not fatness.fat
