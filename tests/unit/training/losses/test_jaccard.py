from itertools import pairwise, product

import numpy as np
import pytest
import torch
from torch import Tensor

from crackscope.training.losses import lovasz


def _row(values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).view(1, 1, 1, -1)


def _lost_iou(truth: np.ndarray, wrong: np.ndarray, weight: np.ndarray) -> float:
    """1 − IoU of truth and what is predicted where `wrong` pixels are mistaken."""
    predicted = truth ^ wrong
    union = weight[truth | predicted].sum()
    return 1 - weight[truth & predicted].sum() / union if union else 0.0


def _by_levels(errors: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> float:
    """The Lovász extension as an integral: 1 − IoU of the pixels in error by θ or more, over all θ."""
    levels = np.unique(np.append(errors, 0.0))
    return sum((high - low) * _lost_iou(truth, errors >= high, weight) for low, high in pairwise(levels))


@pytest.mark.parametrize("truth", [(1, 0, 0, 1, 1, 0), (0, 0, 0, 0, 0, 1), (0,) * 6, (1,) * 6])
@pytest.mark.parametrize("weight", [(1.0,) * 6, (0.5, 2.0, 1.0, 0.0, 1.5, 0.25)])
def test_at_every_hard_prediction_it_is_one_minus_iou(truth: tuple[int, ...], weight: tuple[float, ...]):
    hard, masses = np.array(truth, bool), np.array(weight)
    sign = 2.0 * hard - 1
    for wrong in product([False, True], repeat=len(truth)):
        mistaken = np.array(wrong)
        logits = np.where(mistaken, 0.0, sign)  # a hinge error of 1 or of 0
        value = lovasz(_row(logits), _row(truth), _row(weight))
        assert float(value) == pytest.approx(_lost_iou(hard, mistaken, masses), abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_between_hard_predictions_it_is_the_integral_over_error_levels(seed: int):
    rng = np.random.default_rng(seed)
    logits, hard = rng.normal(0, 1.5, 30), rng.random(30) < 0.3
    weight = rng.random(30)
    errors = np.maximum(0, 1 - logits * (2 * hard - 1))
    value = lovasz(_row(logits), _row(hard.astype(float)), _row(weight))
    assert float(value) == pytest.approx(_by_levels(errors, hard, weight), rel=1e-5)


def test_per_picture_is_the_mean_of_pictures_by_their_weight():
    rng = torch.Generator().manual_seed(2)
    logits = torch.randn(3, 1, 5, 5, generator=rng)
    truth = (torch.rand(3, 1, 5, 5, generator=rng) > 0.7).float()
    truth[0] = 0
    weight = torch.tensor([1.0, 1.0, 2.0]).view(3, 1, 1, 1).expand(3, 1, 5, 5)
    alone = [float(lovasz(logits[i : i + 1], truth[i : i + 1], weight[i : i + 1])) for i in range(3)]
    together = float(lovasz(logits, truth, weight, per_picture=1))
    assert together == pytest.approx((alone[0] + alone[1] + 2 * alone[2]) / 4, rel=1e-5)
    assert float(lovasz(logits, truth, weight)) != pytest.approx(together, rel=0.01)


def test_the_slope_keeps_its_digits_over_a_million_pixels():
    rng = np.random.default_rng(4)
    hard = rng.random(1_000_000) < 0.03
    errors = rng.permutation(np.linspace(2, 1, hard.size))  # no two alike
    logits = _row((1 - errors) * (2.0 * hard - 1)).requires_grad_()
    lovasz(logits, _row(hard.astype(float)), torch.full_like(logits, 0.6)).backward()
    order = np.argsort(-errors)
    found = np.cumsum(hard[order])
    union = hard.sum() + np.cumsum(~hard[order])
    steps = np.where(hard[order], 1 / union, (hard.sum() - found) / union / np.maximum(union - 1, 1))
    assert logits.grad is not None
    slope = logits.grad.numpy().ravel()[order]
    np.testing.assert_allclose(-slope * (2.0 * hard[order] - 1), steps, rtol=1e-4, atol=1e-11)


def test_soft_truth_is_taken_at_one_half():
    logits = torch.randn(1, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    soft = torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(1))
    ones = torch.ones_like(soft)
    assert float(lovasz(logits, soft, ones)) == float(lovasz(logits, (soft >= 0.5).float(), ones))
