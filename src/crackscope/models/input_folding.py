"""One normalisation for every network, whatever its weights learnt with."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

MEAN = (0.5, 0.5, 0.5)
STD = (0.25, 0.25, 0.25)
"""Of colours in 0…1; what every network of the project takes."""


class NotFoldableError(ValueError):
    """A network whose first layers cannot take up another normalisation."""


def fold_normalisation(network: nn.Module, *, mean: Sequence[float], std: Sequence[float]) -> None:
    """Let the first layers take (x − MEAN) / STD where they were trained on (x − mean) / std.

    Parameters
    ----------
    network : torch.nn.Module
        Changed in place. Its first convolution has a bias, or is followed by a batch norm.
    mean, std : sequence of 3 floats
        Of colours in 0…1.

    Raises
    ------
    NotFoldableError
        If there is no such convolution; the network is as it was.

    Notes
    -----
    The second is (STD · first + MEAN − mean) / std: a factor per colour, which goes into the convolution's
    weights, and an offset, which goes into its bias, or which the batch norm takes off its running mean.
    Exact but for the border, where the convolution pads with zeros.
    """
    if tuple(mean) == MEAN and tuple(std) == STD:
        return
    layers = list(network.modules())
    at = next((number for number, layer in enumerate(layers) if isinstance(layer, nn.Conv2d)), None)
    first = None if at is None else layers[at]
    if at is None or not isinstance(first, nn.Conv2d) or first.in_channels != 3:
        raise NotFoldableError("there is no first convolution of three colours")
    norm = layers[at + 1] if at + 1 < len(layers) else None
    weight = first.weight
    ours, theirs, width = (weight.new_tensor(each).view(1, 3, 1, 1) for each in (MEAN, mean, std))
    with torch.no_grad():
        offset = (weight * ((ours - theirs) / width)).sum((1, 2, 3))
        if first.bias is not None:
            first.bias += offset
        elif isinstance(norm, nn.BatchNorm2d) and norm.running_mean is not None:
            norm.running_mean -= offset
        else:
            raise NotFoldableError("the first convolution has no bias and no batch norm after it")
        weight *= weight.new_tensor(STD).view(1, 3, 1, 1) / width
