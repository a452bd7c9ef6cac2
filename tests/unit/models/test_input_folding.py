import pytest
import torch
from torch import nn

from crackscope.models.input_folding import MEAN, STD, NotFoldableError, fold_normalisation

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}

FIRST_LAYERS = {
    "bias": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()),
    "batch norm": lambda: nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU()),
    "bias and batch norm": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)),
    "patches under a layer norm": lambda: nn.Sequential(
        nn.Conv2d(3, 4, 4, stride=4), nn.LayerNorm([4, 4, 4])
    ),
}


@pytest.mark.parametrize("layers", FIRST_LAYERS)
def test_folded_layers_compute_what_they_did(layers: str):
    torch.manual_seed(0)
    network = FIRST_LAYERS[layers]().eval()
    for layer in network:
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.uniform_()
            layer.running_var.uniform_(0.5, 2.0)
    colours = torch.rand(2, 3, 16, 16)

    def normalised(mean, std):
        return (colours - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)

    before = network(normalised(**IMAGENET))
    fold_normalisation(network, **IMAGENET)
    torch.testing.assert_close(network(normalised(MEAN, STD)), before, atol=1e-5, rtol=1e-5)


def test_the_projects_own_normalisation_changes_nothing():
    network = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False))  # nowhere to put an offset
    before = network[0].weight.clone()
    fold_normalisation(network, mean=MEAN, std=STD)
    assert torch.equal(network[0].weight, before)


@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(4)),
        nn.Sequential(nn.Conv2d(1, 4, 3)),
        nn.Sequential(nn.Linear(3, 4)),
    ],
)
def test_layers_that_cannot_take_it_up_are_left_as_they_were(network: nn.Module):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(NotFoldableError):
        fold_normalisation(network, **IMAGENET)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
