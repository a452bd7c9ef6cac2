import numpy as np
import pytest

from crackscope.evaluation.counts import count_pixels
from crackscope.evaluation.threshold_curve import THRESHOLDS, ThresholdCurve


def test_counts_at_every_threshold_are_those_of_the_thresholded_mask():
    rng = np.random.default_rng(0)
    probability = rng.beta(0.4, 0.8, (40, 60)).astype(np.float32)
    # Values on the edges themselves and right beside them, where rounding could go wrong.
    on_edges = THRESHOLDS.astype(np.float32)
    beside = [on_edges, np.nextafter(on_edges, np.float32(0)), np.nextafter(on_edges, np.float32(1))]
    probability.ravel()[:2400] = np.concatenate(beside)[:2400]
    truth = rng.random((40, 60)) < 0.3
    curve = ThresholdCurve()
    curve.add(probability, truth)
    tp, fp, fn = curve.counts()
    for at, threshold in enumerate(THRESHOLDS.tolist()):
        exact = count_pixels(probability >= threshold, truth)
        assert (tp[at], fp[at], fn[at]) == (exact.tp, exact.fp, exact.fn)


def test_the_oracle_finds_the_best_of_all_thresholds():
    rng = np.random.default_rng(1)
    truth = rng.random((80, 80)) < 0.1
    probability = np.clip(0.4 * truth + rng.random((80, 80)) * 0.6, 0, 1).astype(np.float32)
    curve = ThresholdCurve()
    curve.add(probability, truth)
    best = curve.best()
    f1 = []
    for threshold in THRESHOLDS.tolist():
        counts = count_pixels(probability >= threshold, truth)
        f1.append(2 * counts.tp / (2 * counts.tp + counts.fp + counts.fn))
    assert best.f1 == max(f1)
    assert best.threshold == THRESHOLDS[int(np.argmax(f1))]
    assert best.f1 == pytest.approx(2 * best.precision * best.recall / (best.precision + best.recall))
    assert best.iou == pytest.approx(best.f1 / (2 - best.f1))


def test_without_cracks_there_is_no_best_threshold():
    curve = ThresholdCurve()
    curve.add(np.full((3, 3), 0.5, np.float32), np.zeros((3, 3), bool))
    assert curve.best() is None
    assert curve.f1() is None


def test_a_picture_larger_than_a_band_is_counted_whole():
    rng = np.random.default_rng(4)
    probability = rng.random((1500, 1000), dtype=np.float32)
    truth = probability > 0.7
    curve = ThresholdCurve()
    curve.add(probability, truth)
    assert curve.crack_pixels.sum() == truth.sum()
    assert curve.background_pixels.sum() == (~truth).sum()
