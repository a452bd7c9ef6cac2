import cv2
import numpy as np
import pytest

from crackscope.datasets.audit.mask_facts import PINHOLE_PX
from crackscope.datasets.repair import Cleaning, clean
from crackscope.imaging.synthetic import draw_photo


def test_lone_specks_go_and_the_crack_stays():
    mask = np.zeros((60, 80), bool)
    mask[30:33, 5:70] = True
    noisy = mask.copy()
    noisy[5, 5] = noisy[50:52, 60:63] = noisy[10, 70] = True
    np.testing.assert_array_equal(clean(noisy, Cleaning()), mask)


def test_a_speck_beside_a_crack_is_part_of_it():
    mask = np.zeros((60, 80), bool)
    mask[30:33, 5:60] = True
    mask[31, 63] = True
    np.testing.assert_array_equal(clean(mask, Cleaning()), mask)


def test_pinholes_are_filled_and_islands_are_not():
    mask = np.zeros((60, 80), bool)
    mask[20:40, 10:70] = True
    holed = mask.copy()
    holed[30, 30] = holed[25:27, 50:52] = False
    holed[30:35, 60:65] = mask[30:35, 60:65] = False
    np.testing.assert_array_equal(clean(holed, Cleaning()), mask)


def test_background_cut_off_at_the_border_is_no_pinhole():
    mask = np.ones((20, 20), bool)
    mask[0, 5] = mask[19, 19] = False
    np.testing.assert_array_equal(clean(mask, Cleaning()), mask)


def test_the_defaults_leave_hairlines_alone():
    mask = np.zeros((60, 80), bool)
    cv2.line(canvas := mask.view(np.uint8), (5, 5), (70, 50), 1, 1)
    assert canvas.any()
    np.testing.assert_array_equal(clean(mask, Cleaning()), mask)


def test_opening_removes_what_is_thinner_and_closing_joins_what_is_nearer():
    mask = np.zeros((60, 80), bool)
    mask[10, 5:70] = True
    mask[30:40, 5:30] = mask[30:40, 33:70] = True
    opened = clean(mask, Cleaning(opening_px=1, least_area_px=0))
    assert not opened[10].any()
    assert opened[35, 10]
    assert clean(mask, Cleaning(closing_px=2))[35, 30:33].all()


def test_of_drawn_masks_at_most_pinholes_change():
    for seed in range(10):
        mask = draw_photo(height=120, width=160, seed=seed, cracks=2).mask
        changed = clean(mask, Cleaning()) ^ mask
        assert np.count_nonzero(changed) <= PINHOLE_PX
        assert not mask[changed].any()


@pytest.mark.parametrize("mask", [np.zeros((5, 5), bool), np.ones((5, 5), bool)])
def test_plain_masks_stay_plain(mask: np.ndarray):
    np.testing.assert_array_equal(clean(mask, Cleaning()), mask)


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="threshold"):
        Cleaning(threshold=0)
    with pytest.raises(ValueError, match="at least 0"):
        Cleaning(closing_px=-1)
