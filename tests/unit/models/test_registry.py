import pytest
import torch

from crackscope.errors import RecipeError
from crackscope.models import build_segmentation, segmentation_models
from crackscope.models.layers import count_parameters


@pytest.mark.parametrize("name", segmentation_models())
@pytest.mark.parametrize("size", [(64, 64), (32, 96)])
def test_a_network_gives_a_logit_per_pixel(name: str, size: tuple[int, int]):
    network = build_segmentation(name).eval()
    with torch.inference_mode():
        logits = network(torch.zeros(2, 3, *size))
    assert logits.shape == (2, 1, *size)
    assert network.stride == 32


@pytest.mark.parametrize("name", segmentation_models())
def test_a_network_learns_a_dark_line(name: str):
    torch.manual_seed(0)
    network = build_segmentation(name)
    pixels = torch.ones(2, 3, 64, 64)
    truth = torch.zeros(2, 1, 64, 64)
    pixels[:, :, 30:34] = -1
    truth[:, :, 30:34] = 1
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(12):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(pixels), truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("name", ["light", "mobile"])
def test_the_light_networks_fit_in_three_megabytes_of_int8(name: str):
    assert count_parameters(build_segmentation(name)) < 2_500_000


def test_frozen_stages_get_no_gradient_and_kept_norms_no_new_statistics():
    network = build_segmentation("resnet50", {"frozen_stages": 2, "keep_norms": True}).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network(torch.randn(2, 3, 64, 64)).mean().backward()
    got = {name.split(".")[0] for name, parameter in network.named_parameters() if parameter.grad is not None}
    assert got == {"layer2", "layer3", "deepest", "decoder"}
    changed = {
        name.split(".")[0] for name, value in network.state_dict().items() if (value != before[name]).any()
    }
    assert changed == {"deepest", "decoder"}


def test_kept_norms_are_kept_without_a_call_of_train():
    network = build_segmentation("resnet50", {"keep_norms": True})
    assert network.training
    assert not network.bn1.training
    assert not network.layer3[5].bn3.training
    assert network.deepest[1].training


def test_too_many_frozen_stages_are_refused():
    with pytest.raises(RecipeError, match="frozen_stages must be 0 to 4"):
        build_segmentation("resnet50", {"frozen_stages": 5})


def test_an_unknown_model_lists_the_known_ones():
    with pytest.raises(RecipeError, match=r"model ligth: unknown; known are .*light"):
        build_segmentation("ligth")


def test_an_unknown_option_is_refused():
    with pytest.raises(RecipeError, match="these options do not fit"):
        build_segmentation("light", {"depth": 3})
