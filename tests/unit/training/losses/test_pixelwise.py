import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from crackscope.training.losses import bce, focal, weighted_bce


def _row(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).view(1, 1, 1, -1)


def test_bce_of_an_undecided_prediction_is_the_logarithm_of_two():
    zeros = torch.zeros(1, 1, 8, 8)
    assert float(bce(zeros, zeros, zeros + 1)) == pytest.approx(math.log(2))


def test_bce_is_the_mean_of_minus_the_logarithm_of_what_is_right():
    logits, truth = torch.logit(_row(0.9, 0.2, 0.6)), _row(1, 0, 0)
    a, b, c = -math.log(0.9), -math.log(0.8), -math.log(0.4)
    assert float(bce(logits, truth, _row(1, 1, 1))) == pytest.approx((a + b + c) / 3)
    assert float(bce(logits, truth, _row(1, 1, 0))) == pytest.approx((a + b) / 2)
    assert float(bce(logits, truth, _row(1, 1, 1), positive=3)) == pytest.approx((3 * a + b + c) / 5)


def test_weighted_bce_counts_a_quarter_of_crack_pixels_four_times():
    logits, truth = torch.logit(_row(0.3, 0.2, 0.1, 0.4)), _row(1, 0, 0, 0)
    crack, background = -math.log(0.3), -math.log(0.8) - math.log(0.9) - math.log(0.6)
    ones = torch.ones_like(truth)
    assert float(weighted_bce(logits, truth, ones)) == pytest.approx((4 * crack + background) / 7)
    assert float(weighted_bce(logits, truth, ones, most=2)) == pytest.approx((2 * crack + background) / 5)


def test_weighted_bce_takes_the_share_of_the_whole_batch_by_weight():
    logits = torch.zeros(2, 1, 1, 2)
    logits[0, 0, 0, 0] = 1.0
    truth, weight = torch.zeros(2, 1, 1, 2), torch.ones(2, 1, 1, 2)
    truth[0, 0, 0, 0] = 1
    weight[1] = 3  # a crack pixel of 1 among 8
    wrong = math.log(1 + math.exp(-1))
    expected = (8 * wrong + 7 * math.log(2)) / 15
    assert float(weighted_bce(logits, truth, weight)) == pytest.approx(expected)


def test_focal_of_a_pixel_by_hand():
    value = focal(torch.logit(_row(0.9, 0.9)), _row(1, 0), _row(1, 1), gamma=2, alpha=0.75)
    crack, background = 0.1**2 * -math.log(0.9), 0.9**2 * -math.log(0.1)
    assert float(value) == pytest.approx((1.5 * crack + 0.5 * background) / 2, rel=1e-4)


def test_focal_without_focus_is_bce(line: Callable[[slice], Tensor], ones: Tensor, random_logits: Tensor):
    truth = line(slice(10, 14))
    assert float(focal(random_logits, truth, ones, gamma=0)) == pytest.approx(
        float(bce(random_logits, truth, ones)), rel=1e-5
    )


def test_focal_of_a_gentle_power_has_a_finite_slope_where_all_is_right():
    logits = torch.full((1, 1, 2, 2), 100.0, requires_grad=True)
    focal(logits, torch.ones(1, 1, 2, 2), torch.ones(1, 1, 2, 2), gamma=0.5).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
