"""What holds for every loss."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from torch import Tensor

from crackscope.errors import RecipeError
from crackscope.training.loss_names import SEGMENTATION_LOSSES
from crackscope.training.loss_options import LOSS_OPTIONS
from crackscope.training.losses import known_losses, sum_of_losses
from crackscope.training.losses.combination import LOSSES

Line = Callable[[slice], Tensor]
every_loss = pytest.mark.parametrize("name", known_losses())


def _loss_and_slope(name: str, logits: Tensor, truth: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    logits = logits.clone().requires_grad_()
    loss = sum_of_losses([(name, 1.0, {})])(logits, truth, weight)
    (slope,) = torch.autograd.grad(loss, logits)
    return loss.detach(), slope


def test_names_and_options_are_those_that_recipes_are_checked_by():
    assert known_losses() == tuple(sorted(SEGMENTATION_LOSSES)) == tuple(sorted(LOSS_OPTIONS))
    for name, loss in LOSSES.items():
        defaults = loss.__kwdefaults__ or {}
        assert set(defaults) == set(LOSS_OPTIONS[name])
        for option, default in defaults.items():
            assert LOSS_OPTIONS[name][option].hold(default)


def test_names_and_options_are_known_without_pytorch():
    script = (
        "import sys, crackscope.training.loss_names, crackscope.training.loss_options;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@every_loss
def test_a_perfect_prediction_costs_nothing_and_a_wrong_one_much(
    name: str, line: Line, ones: Tensor, sure: Callable[[Tensor], Tensor]
):
    loss = sum_of_losses([(name, 1.0, {})])
    truth = line(slice(14, 18))
    assert float(loss(sure(truth), truth, ones)) == pytest.approx(0, abs=1e-5)
    assert float(loss(sure(1 - truth), truth, ones)) > (0.1 if name == "boundary" else 0.5)


@every_loss
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_loss_and_slope_are_finite_whatever_is_predicted(name: str, data: st.DataObject):
    shape = data.draw(array_shapes(min_dims=2, max_dims=2, max_side=7))
    pictures = data.draw(st.integers(1, 2))

    def draw(low: float, high: float) -> Tensor:
        values = st.one_of(st.sampled_from([low, high]), st.floats(low, high, width=32))
        return torch.from_numpy(data.draw(arrays(np.float32, (pictures, 1, *shape), elements=values)))

    loss, slope = _loss_and_slope(name, draw(-100, 100), draw(0, 1), draw(0, 1))
    assert torch.isfinite(loss)
    assert float(loss) >= -1e-6
    assert torch.isfinite(slope).all()


@every_loss
@pytest.mark.parametrize("crack", [0.0, 1.0])
@pytest.mark.parametrize("said", [-100.0, 0.0, 100.0])
def test_a_crop_of_one_kind_alone_draws_the_prediction_to_it_or_leaves_it(
    name: str, crack: float, said: float, ones: Tensor
):
    _, slope = _loss_and_slope(name, torch.full_like(ones, said), crack * ones, ones)
    assert torch.isfinite(slope).all()
    assert (slope * (1 - 2 * crack) >= 0).all()


@every_loss
def test_what_lies_under_weight_zero_does_not_count(
    name: str, line: Line, ones: Tensor, random_logits: Tensor
):
    truth, weight, other_logits = line(slice(13, 19)), ones.clone(), random_logits.clone()
    weight[:, :, :16] = 0
    other_logits[:, :, :16] = 30.0
    loss, slope = _loss_and_slope(name, random_logits, truth, weight)
    assert float(loss) > 0.05
    assert float(_loss_and_slope(name, other_logits, truth, weight)[0]) == pytest.approx(
        float(loss), rel=1e-5
    )
    assert not slope[:, :, :16].any()
    assert slope[:, :, 16:].any()


@every_loss
def test_without_any_weight_a_loss_is_nothing(name: str, line: Line, ones: Tensor, random_logits: Tensor):
    loss, slope = _loss_and_slope(name, random_logits, line(slice(14, 18)), 0 * ones)
    assert float(loss) == pytest.approx(0, abs=1e-6)
    assert not slope.any()


@every_loss
def test_the_slope_is_that_of_the_loss(name: str):
    rng = torch.Generator().manual_seed(3)
    logits = torch.randn(2, 1, 4, 4, generator=rng, dtype=torch.float64, requires_grad=True)
    truth = (torch.rand(2, 1, 4, 4, generator=rng) > 0.6).double()
    weight = torch.rand(2, 1, 4, 4, generator=rng, dtype=torch.float64)
    loss = sum_of_losses([(name, 1.0, {})])
    assert torch.autograd.gradcheck(lambda given: loss(given, truth, weight), logits)


@every_loss
def test_a_network_learns_a_crop_by_it(name: str, line: Line, ones: Tensor):
    torch.manual_seed(5)
    truth = line(slice(14, 18))
    picture = 1 - truth + 0.3 * torch.randn_like(truth)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(4, 1, 3, padding=1)
    )
    loss = sum_of_losses([(name, 1.0, {})])
    optimiser = torch.optim.Adam(network.parameters(), lr=0.03)
    losses = []
    for _ in range(60):
        value = loss(network(picture), truth, ones)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    assert losses[-1] < 0.6 * losses[0]


@every_loss
def test_bfloat16_logits_cast_by_the_caller_learn_too(
    name: str, line: Line, ones: Tensor, random_logits: Tensor
):
    truth = line(slice(14, 18))
    rounded = random_logits.bfloat16().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        loss = sum_of_losses([(name, 1.0, {})])(rounded.float(), truth, ones)
    loss.backward()
    plain, _ = _loss_and_slope(name, rounded.detach().float(), truth, ones)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(float(plain), rel=1e-6)
    assert rounded.grad is not None
    assert torch.isfinite(rounded.grad).all()
    assert rounded.grad.any()


@pytest.mark.parametrize("name", ["bce", "weighted-bce", "focal", "dice", "tversky", "focal-tversky"])
def test_descent_on_soft_truth_ends_at_the_truth(name: str):
    truth = torch.tensor([0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 0.3]).view(1, 1, 2, 4)
    weight = torch.tensor([1.0, 1, 1, 1, 0.5, 1, 1, 2]).view(1, 1, 2, 4)
    loss = sum_of_losses([(name, 1.0, {})])
    logits = torch.linspace(-2, 2, 8).view(1, 1, 2, 4).requires_grad_()
    steps = 600
    optimiser = torch.optim.Adam([logits], lr=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        loss(logits, truth, weight).backward()
        optimiser.step()
        schedule.step()
    torch.testing.assert_close(torch.sigmoid(logits.detach()), truth, atol=0.02, rtol=0)


def test_a_sum_is_the_sum_of_its_weighted_parts(line: Line, ones: Tensor, random_logits: Tensor):
    truth = line(slice(14, 18))
    bce, tversky = LOSSES["bce"], LOSSES["tversky"]
    combined = sum_of_losses([("bce", 2.0, {}), ("tversky", 0.5, {"false_negative": 0.7})])
    expected = 2 * bce(random_logits, truth, ones) + 0.5 * tversky(
        random_logits, truth, ones, false_negative=0.7
    )
    torch.testing.assert_close(combined(random_logits, truth, ones), expected)


def test_an_unknown_loss_lists_the_known_ones():
    with pytest.raises(
        RecipeError, match=r"loss hinge: unknown; known are bce, boundary, .*, weighted-bce\.$"
    ):
        sum_of_losses([("hinge", 1.0, {})])


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("dice", {"gamma": 2.0}, r"loss dice: has no option gamma; it takes none\."),
        ("focal", {"beta": 2.0}, r"loss focal: has no option beta; known are alpha, gamma\."),
        ("focal", {"alpha": 1.5}, r"loss focal: alpha = 1\.5 is not allowed; give 0 to 1\."),
        ("bce", {"positive": float("nan")}, "loss bce: positive = nan is not allowed"),
        (
            "cldice",
            {"iterations": 2.5},
            r"iterations = 2\.5 is not allowed; give a whole number from 1 to 64\.",
        ),
    ],
)
def test_a_wrong_option_gets_one_sentence(name: str, options: dict[str, float], sentence: str):
    with pytest.raises(RecipeError, match=sentence):
        sum_of_losses([(name, 1.0, options)])
