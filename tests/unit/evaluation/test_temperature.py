import numpy as np
import pytest

from crackscope.evaluation.calibration import Reliability
from crackscope.evaluation.temperature import (
    LogitHistogram,
    apply_temperature,
    fit_temperature,
    with_temperature,
)


def sigmoid(logits):
    return (1 / (1 + np.exp(-logits))).astype(np.float32)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_a_predictor_was_spoilt_with_is_found(temperature):
    rng = np.random.default_rng(0)
    logits = rng.normal(-1, 2, (600, 600))
    truth = rng.random(logits.shape) < sigmoid(logits)
    histogram = LogitHistogram()
    histogram.add(sigmoid(logits * temperature), truth)
    assert fit_temperature([histogram]) == pytest.approx(temperature, rel=0.02)


def test_the_loss_is_the_mean_negative_log_likelihood():
    rng = np.random.default_rng(1)
    probability = rng.uniform(0.01, 0.99, (50, 50)).astype(np.float32)
    truth = rng.random((50, 50)) < 0.3
    histogram = LogitHistogram()
    histogram.add(probability, truth)
    exact = -np.where(truth, np.log(probability), np.log1p(-probability)).mean()
    assert histogram.loss(1.0) == pytest.approx(exact, abs=1e-3)


def test_calibration_gets_better_and_the_order_of_pixels_stays():
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (400, 400))
    truth = rng.random(logits.shape) < sigmoid(logits)
    too_sure = sigmoid(3 * logits)
    mended = apply_temperature(too_sure, 3.0)
    before, after = Reliability(), Reliability()
    before.add(too_sure, truth)
    after.add(mended, truth)
    assert after.expected_error() < 0.005
    assert before.expected_error() > 0.05
    assert (np.diff(mended.ravel()[np.argsort(too_sure.ravel())]) >= 0).all()


def test_a_temperature_of_one_changes_nothing():
    probability = np.array([[0.0, 0.3, 1.0]], np.float32)
    assert apply_temperature(probability, 1.0) is probability


def test_probabilities_of_zero_and_one_stay_probabilities():
    mended = with_temperature(lambda pixels: pixels, 2.0)(np.array([[0.0, 1.0]], np.float32))
    assert mended[0, 0] == pytest.approx(0, abs=2e-4)
    assert mended[0, 1] == pytest.approx(1, abs=2e-4)


def test_sets_weigh_the_same_whatever_their_size():
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (300, 300))
    truth = rng.random(logits.shape) < sigmoid(logits)
    large, small = LogitHistogram(), LogitHistogram()
    for _ in range(4):
        large.add(sigmoid(2 * logits), truth)
    small.add(sigmoid(0.5 * logits), truth)
    assert fit_temperature([large, small]) == pytest.approx(fit_temperature([small, large]), abs=1e-3)
    single = LogitHistogram()
    single.add(sigmoid(2 * logits), truth)
    assert fit_temperature([large, small]) == pytest.approx(fit_temperature([single, small]), abs=2e-3)


def test_nothing_to_fit_leaves_the_temperature_at_one():
    assert fit_temperature([LogitHistogram()]) == 1.0
