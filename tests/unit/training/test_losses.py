import math

import pytest
import torch

from crackscope.errors import RecipeError
from crackscope.training.losses import bce, cldice, dice, focal, sum_of_losses, tversky

NAMES = ["bce", "dice", "focal", "tversky", "cldice"]


def _line(rows: slice, *, size: int = 32) -> torch.Tensor:
    truth = torch.zeros(1, 1, size, size)
    truth[:, :, rows, 4:28] = 1
    return truth


def _logits(truth: torch.Tensor, *, sure: float = 12.0) -> torch.Tensor:
    return (2 * truth - 1) * sure


ONES = torch.ones(1, 1, 32, 32)


@pytest.mark.parametrize("name", NAMES)
def test_a_perfect_prediction_costs_nothing_and_a_wrong_one_much(name: str):
    loss = sum_of_losses([(name, 1.0, {})])
    truth = _line(slice(14, 18))
    assert float(loss(_logits(truth), truth, ONES)) < 0.02
    assert float(loss(_logits(1 - truth), truth, ONES)) > 0.5


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_has_a_finite_gradient_also_without_cracks(name: str):
    for truth in (_line(slice(14, 18)), torch.zeros(1, 1, 32, 32)):
        logits = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0)).requires_grad_()
        sum_of_losses([(name, 1.0, {})])(logits, truth, ONES).backward()
        assert logits.grad is not None
        assert torch.isfinite(logits.grad).all()


def test_bce_of_an_undecided_prediction_is_the_logarithm_of_two():
    assert float(
        bce(torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8), torch.ones(1, 1, 8, 8))
    ) == pytest.approx(math.log(2))


def test_dice_is_one_minus_f1():
    truth, predicted = _line(slice(10, 14)), _line(slice(12, 16))
    hits, extra, lost = 48.0, 48.0, 48.0
    f1 = 2 * hits / (2 * hits + extra + lost)
    assert float(dice(_logits(predicted, sure=30), truth, ONES)) == pytest.approx(1 - f1, abs=0.01)


def test_dice_and_tversky_of_equal_prices_agree():
    truth, logits = (
        _line(slice(10, 14)),
        torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(1)),
    )
    assert float(dice(logits, truth, ONES)) == pytest.approx(float(tversky(logits, truth, ONES)))


def test_focal_without_focus_is_bce():
    truth, logits = (
        _line(slice(10, 14)),
        torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(1)),
    )
    assert float(focal(logits, truth, ONES, gamma=0.0)) == pytest.approx(
        float(bce(logits, truth, ONES)), rel=1e-5
    )


def test_a_gap_costs_cldice_more_than_a_thin_edge():
    truth = _line(slice(13, 19))
    thinner, broken = _line(slice(14, 18)), _line(slice(13, 19))
    broken[:, :, :, 12:20] = 0
    assert float(cldice(_logits(broken), truth, ONES)) > 2 * float(cldice(_logits(thinner), truth, ONES))


def test_pixels_of_weight_zero_do_not_count():
    truth = _line(slice(14, 18))
    weight = ONES.clone()
    weight[:, :, :16] = 0
    spoiled = _logits(truth)
    spoiled[:, :, :16] = 30.0
    for name in ("bce", "dice", "focal", "tversky"):
        loss = sum_of_losses([(name, 1.0, {})])
        assert float(loss(spoiled, truth, weight)) == pytest.approx(
            float(loss(_logits(truth), truth, weight)), abs=1e-6
        )


def test_an_unknown_loss_lists_the_known_ones():
    with pytest.raises(RecipeError, match="loss hinge: unknown; known are bce, cldice, dice, focal, tversky"):
        sum_of_losses([("hinge", 1.0, {})])


def test_an_unknown_option_is_refused():
    with pytest.raises(RecipeError, match="loss dice: has no option gamma"):
        sum_of_losses([("dice", 1.0, {"gamma": 2.0})])
