import numpy as np
import pytest

from crackscope.evaluation.calibration import BINS, Reliability


def expected_error_by_definition(probability, truth):
    """Sum over bins of (share of pixels) · |accuracy - confidence|, as Guo et al. write it."""
    position = np.minimum((probability * BINS).astype(int), BINS - 1)
    error = 0.0
    for each in range(BINS):
        inside = position == each
        if inside.any():
            error += inside.mean() * abs(truth[inside].mean() - probability[inside].mean())
    return error


def test_a_perfectly_calibrated_predictor_has_almost_no_error():
    rng = np.random.default_rng(0)
    probability = rng.random((700, 700), dtype=np.float32)
    reliability = Reliability()
    reliability.add(probability, rng.random((700, 700)) < probability)
    assert reliability.expected_error() < 0.004


def test_a_predictor_that_is_too_sure_by_a_fifth_has_an_error_of_a_fifth():
    rng = np.random.default_rng(0)
    probability = np.full((600, 600), 0.9, np.float32)
    reliability = Reliability()
    reliability.add(probability, rng.random((600, 600)) < 0.7)
    assert reliability.expected_error() == pytest.approx(0.2, abs=0.004)


def test_the_error_equals_its_definition():
    rng = np.random.default_rng(2)
    probability = rng.beta(0.3, 2, (90, 110)).astype(np.float32)
    truth = rng.random((90, 110)) < probability**1.5
    reliability = Reliability()
    reliability.add(probability, truth)
    assert reliability.expected_error() == pytest.approx(
        expected_error_by_definition(probability, truth), abs=1e-6
    )


def test_pictures_one_by_one_and_merged_groups_give_the_same_error():
    rng = np.random.default_rng(3)
    one, other, both = Reliability(), Reliability(), Reliability()
    for reliability in (one, other):
        probability, truth = rng.random((30, 40), dtype=np.float32), rng.random((30, 40)) < 0.4
        reliability.add(probability, truth)
        both.add(probability, truth)
    one.merge(other)
    assert one.expected_error() == pytest.approx(both.expected_error())


def test_probabilities_of_zero_and_one_fall_into_the_outer_bins():
    reliability = Reliability()
    reliability.add(np.array([[0, 1]], np.float32), np.array([[False, True]]))
    assert reliability.pixels[0] == reliability.pixels[-1] == 1
    assert reliability.expected_error() == 0
    assert reliability.crack_shares()[1] is None


def test_without_pixels_there_is_no_error_to_state():
    assert Reliability().expected_error() is None
