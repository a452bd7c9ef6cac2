import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.training.ranking import Ranking, best_threshold


def auroc_by_pairs(probability, cracked, weights):
    """Count every pair of a cracked and a crack-free answer."""
    right = total = 0.0
    for p, w in zip(probability[cracked], weights[cracked], strict=True):
        for q, v in zip(probability[~cracked], weights[~cracked], strict=True):
            right += w * v * (1.0 if p > q else 0.5 if p == q else 0.0)
            total += w * v
    return right / total if total else np.nan


def average_precision_by_definition(probability, cracked, weights):
    """Add up precision times gain of recall, threshold by threshold from the highest."""
    whole = weights[cracked].sum()
    area = recall_before = 0.0
    for threshold in np.unique(probability)[::-1]:
        called = probability >= threshold
        found = weights[called & cracked].sum()
        if weights[called].sum() > 0 and whole > 0:
            area += found / weights[called].sum() * (found / whole - recall_before)
            recall_before = found / whole
    return area if whole > 0 else np.nan


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 25),
    steps=st.integers(1, 12),
    seed=st.integers(0, 999),
    weighted=st.booleans(),
)
def test_areas_are_those_of_their_definitions(count, steps, seed, weighted):
    rng = np.random.default_rng(seed)
    probability = rng.integers(0, steps + 1, count) / steps  # with ties
    cracked = rng.random(count) < 0.5
    weights = rng.integers(0, 4, count).astype(float) if weighted else np.ones(count)
    ranking = Ranking(probability, cracked)
    np.testing.assert_allclose(
        ranking.auroc(weights), auroc_by_pairs(probability, cracked, weights), equal_nan=True
    )
    np.testing.assert_allclose(
        ranking.average_precision(weights),
        average_precision_by_definition(probability, cracked, weights),
        equal_nan=True,
    )


def test_many_weightings_at_once_give_what_each_gives_alone():
    rng = np.random.default_rng(0)
    probability, cracked = rng.random(30), rng.random(30) < 0.4
    weights = rng.integers(0, 3, (5, 30)).astype(float)
    ranking = Ranking(probability, cracked)
    for measure in (ranking.auroc, ranking.average_precision):
        np.testing.assert_allclose(measure(weights), [measure(each) for each in weights])


def test_hand_checked_areas():
    ranking = Ranking(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    assert float(ranking.auroc(np.ones(4))) == 0.75
    assert float(ranking.average_precision(np.ones(4))) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_a_perfect_and_a_reversed_ranking():
    cracked = np.array([True, True, False])
    assert float(Ranking(np.array([0.9, 0.8, 0.7]), cracked).auroc(np.ones(3))) == 1
    assert float(Ranking(np.array([0.1, 0.2, 0.7]), cracked).auroc(np.ones(3))) == 0


def test_the_best_threshold_is_the_best_of_all_that_can_be_tried():
    rng = np.random.default_rng(0)
    for _ in range(20):
        probability, cracked = rng.integers(0, 12, 30) / 12, rng.random(30) < 0.4
        cracked[0] = True
        weights = rng.random(30)

        def f1(threshold, probability=probability, cracked=cracked, weights=weights):
            called = probability >= threshold
            return 2 * weights[called & cracked].sum() / (weights[called].sum() + weights[cracked].sum())

        best, its_f1 = best_threshold(probability, cracked, weights)
        assert f1(best) == pytest.approx(its_f1)
        assert its_f1 == pytest.approx(max(f1(each) for each in np.linspace(0.001, 1, 500)))


def test_the_threshold_lies_in_the_middle_of_a_clear_gap():
    probability = np.array([0.01, 0.05, 0.85, 0.99])
    assert best_threshold(probability, probability > 0.5, np.ones(4)) == (pytest.approx(0.45), 1)
