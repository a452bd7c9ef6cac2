import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crackscope.training.losses import boundary, signed_distance


def _brute_force(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.indices(mask.shape)
    distance = np.empty(mask.shape)
    for at in np.ndindex(mask.shape):
        others = mask != mask[at]
        nearest = np.hypot(rows[others] - at[0], columns[others] - at[1]).min()
        distance[at] = (nearest - 0.5) * (-1 if mask[at] else 1)
    return distance / math.hypot(*mask.shape)


@settings(max_examples=40, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(2, 9))))
def test_signed_distances_are_those_of_brute_force(mask: np.ndarray):
    mask[0, 0], mask[-1, -1] = True, False
    np.testing.assert_allclose(signed_distance(mask), _brute_force(mask), atol=1e-6)


def test_without_a_contour_the_distance_is_the_crops_diagonal():
    assert (signed_distance(np.zeros((5, 7), bool)) == 1).all()
    assert (signed_distance(np.ones((5, 7), bool)) == -1).all()


def test_boundary_is_the_mean_of_distance_times_probability_above_that_of_the_truth():
    rng = np.random.default_rng(0)
    truth = rng.random((2, 1, 12, 9)) < 0.2
    probability, weight = rng.random(truth.shape), rng.random(truth.shape)
    distance = np.stack([_brute_force(one[0]) for one in truth])[:, None]
    expected = np.average(distance * (probability - truth), weights=weight)
    given = (torch.logit(torch.from_numpy(probability)), torch.from_numpy(truth), torch.from_numpy(weight))
    assert float(boundary(*(each.float() for each in given))) == pytest.approx(expected, rel=1e-5)


def test_a_stray_report_costs_more_the_farther_it_is_from_the_crack():
    truth = torch.zeros(1, 1, 40, 40)
    truth[:, :, 5:8] = 1
    costs = []
    rows = (10, 20, 38)
    for row in rows:
        logits = (2 * truth - 1) * 30
        logits[:, :, row, 20] = 30
        costs.append(float(boundary(logits, truth, torch.ones_like(truth))))
    assert costs == pytest.approx(
        [(row - 7 - 0.5) / math.hypot(40, 40) / 1600 for row in (10, 20, 38)], rel=1e-4
    )


def test_even_a_thread_of_one_pixel_is_drawn_up():
    truth = torch.zeros(1, 1, 16, 16)
    truth[:, :, 8] = 1
    logits = torch.zeros_like(truth).requires_grad_()
    boundary(logits, truth, torch.ones_like(truth)).backward()
    assert logits.grad is not None
    assert (logits.grad[:, :, 8] < 0).all()
    assert (logits.grad[:, :, :8] > 0).all()
