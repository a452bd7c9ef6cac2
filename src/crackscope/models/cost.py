"""What a network costs to run."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def count_macs(module: nn.Module, height: int, width: int) -> int:
    """Count multiply-accumulate operations of one picture's way through a network.

    Parameters
    ----------
    module : torch.nn.Module
        Takes float32 (1, 3, H, W). Its mode is left as it was.
    height, width : int
        In px.

    Returns
    -------
    int
        Of convolutions, linear layers and attention's products; sums, norms and activations are not counted,
        as is usual.
    """
    device = next((parameter.device for parameter in module.parameters()), torch.device("cpu"))
    modes = {layer: layer.training for layer in module.modules()}
    module.eval()
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            module(torch.zeros(1, 3, height, width, device=device))
    finally:
        for layer, training in modes.items():
            layer.training = training
    return int(counter.get_total_flops()) // 2  # a multiplication and an addition each
