"""Start a network's encoder from weights that were learnt on other pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from crackscope.errors import RecipeError
from crackscope.training.normalisation import MEAN, STD
from crackscope.training.weights_file import NotWeightsError, read_weights


def load_encoder_weights(
    network: nn.Module, path: Path, *, mean: Sequence[float], std: Sequence[float]
) -> None:
    """Load a state dict's tensors into a network's encoder.

    Only tensors are read: a file that would run code is refused. What the file holds beyond the encoder, a
    classifier's last layer for example, is left out; half-precision weights are widened.

    Parameters
    ----------
    network : torch.nn.Module
        Its `encoder_parts` name the modules that make up its encoder; the first convolution is followed by a
        batch norm.
    path : Path
        A state dict under the network's own names, for ``mobile`` those of torchvision's ``mobilenet_v2``.
    mean, std : sequence of 3 floats
        Normalisation that the weights were trained with, of colours in 0…1. It is folded into the first
        layers, so that the network takes its own normalisation as every other does.

    Raises
    ------
    RecipeError
        If the file cannot be read, or lacks a weight of the encoder.
    """
    own = _encoder_state(network)
    found = {name: value for name, value in _read(path).items() if name in own}
    needed = [name for name in own if not name.endswith(".num_batches_tracked")]  # many files leave it out
    unfit = [name for name in needed if name not in found or found[name].shape != own[name].shape]
    if unfit:
        raise RecipeError(
            f"{path}: lacks {len(unfit)} of the {len(needed)} weights of this architecture's encoder, first"
            f" {unfit[0]}; give weights of the same architecture."
        )
    network.load_state_dict({name: value.to(own[name].dtype) for name, value in found.items()}, strict=False)
    _fold_normalisation(network, mean=mean, std=std)


def _encoder_state(network: nn.Module) -> dict[str, Tensor]:
    parts = tuple(f"{part}." for part in cast(Sequence[str], network.encoder_parts))
    return {name: value for name, value in network.state_dict().items() if name.startswith(parts)}


def _read(path: Path) -> dict[str, Tensor]:
    try:
        content = read_weights(path)
    except FileNotFoundError as error:
        raise RecipeError(
            f"{path}: does not exist; name the file with --set model.encoder_weights=FILE, or start without:"
            " --set model.encoder_weights=null."
        ) from error
    except NotWeightsError as error:
        raise RecipeError(f"{path}: holds no weights; give a state dict saved by PyTorch.") from error
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        raise RecipeError(f"{path}: holds no weights; give a state dict saved by PyTorch.")
    return content


def _fold_normalisation(network: nn.Module, *, mean: Sequence[float], std: Sequence[float]) -> None:
    """Let the first layers take (x − MEAN) / STD where they were trained on (x − mean) / std.

    The second is (STD · first + MEAN − mean) / std: a factor per colour, which goes into the convolution, and
    an offset, which the batch norm takes off its running mean. Exact but for a border of one pixel, where the
    convolution pads with zeros.
    """
    layers = list(network.modules())
    at = next(number for number, layer in enumerate(layers) if isinstance(layer, nn.Conv2d))
    convolution, norm = cast(nn.Conv2d, layers[at]), layers[at + 1]
    if not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None:
        raise TypeError("the encoder's first convolution must be followed by a batch norm")
    theirs, width = torch.tensor(mean), torch.tensor(std)
    with torch.no_grad():
        offset = torch.einsum("oihw,i->o", convolution.weight, (torch.tensor(MEAN) - theirs) / width)
        norm.running_mean -= offset
        convolution.weight *= (torch.tensor(STD) / width).view(1, 3, 1, 1)
