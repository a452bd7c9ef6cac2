import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.evaluation.counts import count_pixels
from crackscope.evaluation.tolerance import MatchCounts, count_matches


def near_by_brute_force(mask, other, tolerance_px):
    """Count pixels of mask with a pixel of other within the tolerance, pair by pair."""
    points, others = np.argwhere(mask), np.argwhere(other)
    if not len(points) or not len(others):
        return 0
    distance_px = np.sqrt(((points[:, None] - others[None]) ** 2).sum(axis=2))
    return int((distance_px.min(axis=1) <= tolerance_px).sum())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), tolerance_px=st.sampled_from([0, 1, 1.5, 2, 3, 4]))
def test_matches_equal_those_counted_pair_by_pair(seed, tolerance_px):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 25, 2))
    predicted, truth = rng.random(shape) < 0.05, rng.random(shape) < 0.05
    counts = count_matches(predicted, truth, tolerance_px=tolerance_px)
    assert counts.predicted_matched == near_by_brute_force(predicted, truth, tolerance_px)
    assert counts.truth_matched == near_by_brute_force(truth, predicted, tolerance_px)


def test_no_tolerance_is_exact_agreement():
    rng = np.random.default_rng(3)
    predicted, truth = rng.random((40, 50)) < 0.2, rng.random((40, 50)) < 0.2
    exact = count_pixels(predicted, truth)
    assert count_matches(predicted, truth, tolerance_px=0) == MatchCounts(
        predicted=exact.tp + exact.fp,
        predicted_matched=exact.tp,
        truth=exact.tp + exact.fn,
        truth_matched=exact.tp,
    )


def test_matches_never_fall_with_more_tolerance():
    rng = np.random.default_rng(5)
    predicted, truth = rng.random((60, 60)) < 0.01, rng.random((60, 60)) < 0.01
    counts = [count_matches(predicted, truth, tolerance_px=t) for t in (0, 1, 2, 3, 5, 8)]
    assert [c.predicted_matched for c in counts] == sorted(c.predicted_matched for c in counts)
    assert [c.truth_matched for c in counts] == sorted(c.truth_matched for c in counts)


@pytest.mark.parametrize(("shift_px", "matched"), [(2, 30), (3, 0)])
def test_a_line_two_px_aside_matches_at_two_px_and_one_three_px_aside_does_not(shift_px, matched):
    truth = np.zeros((30, 30), bool)
    truth[10] = True
    counts = count_matches(np.roll(truth, shift_px, axis=0), truth, tolerance_px=2)
    assert counts.predicted_matched == counts.truth_matched == matched


def test_empty_masks_match_nothing():
    empty, full = np.zeros((4, 5), bool), np.ones((4, 5), bool)
    assert count_matches(empty, empty, tolerance_px=2) == MatchCounts(0, 0, 0, 0)
    assert count_matches(full, empty, tolerance_px=2) == MatchCounts(20, 0, 0, 0)
    assert count_matches(empty, full, tolerance_px=2) == MatchCounts(0, 0, 20, 0)


def test_a_negative_tolerance_is_refused():
    with pytest.raises(ValueError, match="at least 0"):
        count_matches(np.ones((2, 2), bool), np.ones((2, 2), bool), tolerance_px=-1)
