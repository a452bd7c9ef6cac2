from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from crackscope.training.losses import dice, focal_tversky, tversky

Line = Callable[[slice], Tensor]


def _product_form(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Dice as the papers on hard truth write it."""
    probability = torch.sigmoid(logits)
    hit = (weight * probability * truth).sum()
    return 1 - (2 * hit + 2) / ((weight * probability).sum() + (weight * truth).sum() + 2)


def test_dice_is_one_minus_f1(line: Line, ones: Tensor, sure: Callable[[Tensor], Tensor]):
    truth, predicted = line(slice(10, 14)), line(slice(12, 16))
    hits, extra, lost = 48.0, 48.0, 48.0
    smoothed_f1 = (2 * hits + 2) / (2 * hits + extra + lost + 2)
    assert float(dice(sure(predicted), truth, ones)) == pytest.approx(1 - smoothed_f1)


def test_dice_of_hard_truth_is_that_of_products(line: Line, ones: Tensor, random_logits: Tensor):
    truth, weight = line(slice(10, 14)), ones.clone()
    weight[..., :9] = 0.4
    by_form = []
    for form in (dice, _product_form):
        logits = random_logits.clone().requires_grad_()
        loss = form(logits, truth, weight)
        by_form.append((loss.detach(), torch.autograd.grad(loss, logits)[0]))
    torch.testing.assert_close(by_form[0], by_form[1], rtol=1e-5, atol=1e-9)


def test_dice_of_soft_truth_is_nothing_at_the_truth_and_something_beside_it():
    rng = torch.Generator().manual_seed(0)
    truth, weight = torch.rand(2, 1, 6, 6, generator=rng), torch.rand(2, 1, 6, 6, generator=rng)
    at_truth = torch.logit(truth)
    assert float(dice(at_truth, truth, weight)) == pytest.approx(0, abs=1e-6)
    assert float(_product_form(at_truth, truth, weight)) > 0.2
    for step in (0.1, -0.1):
        assert float(dice(at_truth + step, truth, weight)) > 0.005


def test_tversky_by_hand():
    logits = torch.tensor([30.0, 30, 30, -30, -30]).view(1, 1, 1, 5)  # a hit, two extra, one lost, one plain
    truth = torch.tensor([1.0, 0, 0, 1, 0]).view(1, 1, 1, 5)
    value = tversky(logits, truth, torch.ones_like(truth), false_positive=0.3, false_negative=0.7)
    assert float(value) == pytest.approx(1 - (1 + 1) / (1 + 0.3 * 2 + 0.7 + 1))


def test_dice_of_a_soft_pixel_by_hand():
    said, truth = torch.tensor([0.8, 0.3]).view(1, 1, 1, 2), torch.tensor([0.5, 0.6]).view(1, 1, 1, 2)
    hits, extra, lost = 0.5 + 0.3, 0.3, 0.3
    smoothed_f1 = (2 * hits + 2) / (2 * hits + extra + lost + 2)
    value = dice(torch.logit(said), truth, torch.ones_like(truth))
    assert float(value) == pytest.approx(1 - smoothed_f1, rel=1e-5)


def test_dearer_misses_raise_the_loss_of_what_is_missed(
    line: Line, ones: Tensor, sure: Callable[[Tensor], Tensor]
):
    truth = line(slice(12, 16))
    thin, thick = sure(line(slice(13, 15))), sure(line(slice(10, 18)))
    dear = {"false_positive": 0.3, "false_negative": 0.7}
    assert float(tversky(thin, truth, ones, **dear)) > float(tversky(thin, truth, ones))
    assert float(tversky(thick, truth, ones, **dear)) < float(tversky(thick, truth, ones))


def test_focal_tversky_is_the_power_of_tversky(line: Line, ones: Tensor, random_logits: Tensor):
    truth, prices = line(slice(10, 14)), {"false_positive": 0.3, "false_negative": 0.7}
    plain = float(tversky(random_logits, truth, ones, **prices))
    assert float(focal_tversky(random_logits, truth, ones)) == pytest.approx(plain**0.75, rel=1e-3)
    assert float(focal_tversky(random_logits, truth, ones, gamma=2)) == pytest.approx(plain**0.5, abs=2e-3)
    assert float(focal_tversky(random_logits, truth, ones, gamma=1)) == pytest.approx(plain, rel=1e-5)
