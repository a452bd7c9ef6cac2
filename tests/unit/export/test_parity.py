import numpy as np
import pytest

from crackscope.export.parity import compare


def constant(value):
    return lambda pixels: np.full(pixels.shape[:2], value, np.float32)


PICTURES = [np.zeros((4, 5, 3), np.uint8), np.zeros((10, 2, 3), np.uint8)]


def test_a_predictor_agrees_with_itself():
    parity = compare(constant(0.7), constant(0.7), PICTURES, threshold=0.5)
    assert (parity.max_difference, parity.mean_difference, parity.mask_f1) == (0.0, 0.0, 1.0)


def test_two_that_find_nothing_agree():
    assert compare(constant(0.1), constant(0.2), PICTURES, threshold=0.5).mask_f1 == 1.0


def test_differences_are_taken_over_all_pixels_of_all_pictures():
    def candidate(pixels):
        probability = np.full(pixels.shape[:2], 0.5, np.float32)
        probability[0, 0] = 1.0
        return probability

    parity = compare(constant(0.5), candidate, PICTURES, threshold=0.75)
    assert parity.max_difference == 0.5
    assert parity.mean_difference == pytest.approx(2 * 0.5 / 40)
    assert parity.mask_f1 == 0.0


def test_half_of_a_mask_found_gives_f1_of_two_thirds():
    def candidate(pixels):
        probability = np.zeros(pixels.shape[:2], np.float32)
        probability[: len(probability) // 2] = 0.9
        return probability

    parity = compare(constant(0.9), candidate, PICTURES[:1], threshold=0.5)
    assert parity.mask_f1 == pytest.approx(2 / 3)


def test_nothing_to_compare_is_refused():
    with pytest.raises(ValueError, match="no picture"):
        compare(constant(0.5), constant(0.5), [], threshold=0.5)
