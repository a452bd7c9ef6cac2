import numpy as np
import pytest

from crackscope.evaluation.counts import PixelCounts, count_pixels


def test_counts_of_a_hand_made_picture():
    predicted = np.array([[1, 1, 0], [0, 1, 0]], bool)
    truth = np.array([[1, 0, 0], [1, 1, 0]], bool)
    assert count_pixels(predicted, truth) == PixelCounts(tp=2, fp=1, fn=1, tn=2)


def test_counts_add_up_to_all_pixels():
    rng = np.random.default_rng(1)
    counts = count_pixels(rng.random((17, 23)) < 0.3, rng.random((17, 23)) < 0.2)
    assert counts.tp + counts.fp + counts.fn + counts.tn == 17 * 23


def test_masks_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        count_pixels(np.zeros((2, 3), bool), np.zeros((3, 2), bool))


def test_grey_masks_are_refused():
    with pytest.raises(ValueError, match="boolean"):
        count_pixels(np.zeros((2, 3), np.uint8), np.zeros((2, 3), bool))  # type: ignore[arg-type]
