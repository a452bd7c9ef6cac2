import math

import pytest
import torch

from crackscope.errors import CrackscopeError
from crackscope.models.registry import build
from crackscope.training.rate_finder import suggest
from crackscope.training.recipe import OptimiserRecipe
from crackscope.training.tasks.task import hold_encoder, rate_factor

STEPS = 1000


def test_a_cosine_warms_up_then_falls_to_nothing():
    factor = rate_factor(OptimiserRecipe(schedule="cosine", warmup_steps=100), steps=STEPS)
    assert factor(0) == pytest.approx(0.01)
    assert factor(49) == pytest.approx(0.5)
    assert factor(100) == pytest.approx(1.0)
    assert factor(550) == pytest.approx(0.5)
    assert factor(STEPS) == pytest.approx(0.0)


def test_one_cycle_is_that_of_pytorch():
    factor = rate_factor(OptimiserRecipe(schedule="one-cycle"), steps=STEPS)
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=1.0, momentum=0.9)
    reference = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=1.0, total_steps=STEPS, pct_start=0.3)
    for step in range(STEPS - 1):
        assert factor(step) == pytest.approx(optimiser.param_groups[0]["lr"], abs=0.005), step
        optimiser.step()
        reference.step()


def test_a_constant_rate_stays_after_its_warm_up():
    factor = rate_factor(OptimiserRecipe(schedule="constant", warmup_steps=10), steps=STEPS)
    assert factor(4) == 0.5
    assert {factor(step) for step in range(10, STEPS)} == {1.0}


def test_a_held_encoder_neither_learns_nor_follows_its_batches():
    network = build("segment", "light", {"channels": [16] * 5, "blocks": [0, 1, 1, 1, 1], "lateral": 16})
    hold_encoder(network, still=True)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.1)
    network(torch.randn(2, 3, 64, 64)).mean().backward()
    optimiser.step()
    after = network.state_dict()
    changed = {name.split(".")[0] for name, value in before.items() if not torch.equal(value, after[name])}
    assert changed == {"decoder"}
    hold_encoder(network, still=False)
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert all(module.training for module in network.modules())


def test_a_suggested_rate_is_where_the_loss_falls_fastest():
    rates = [10 ** (step / 10 - 6) for step in range(60)]
    losses = [1 / (1 + math.exp(4 * (math.log10(rate) + 3))) + 0.2 for rate in rates]  # steepest at 10⁻³
    assert suggest(rates, losses) == pytest.approx(1e-3)


def test_no_rate_is_suggested_where_the_loss_only_grows():
    rates = [10 ** (step / 10 - 6) for step in range(60)]
    with pytest.raises(CrackscopeError, match="never fell"):
        suggest(rates, [1 + rate for rate in rates])
