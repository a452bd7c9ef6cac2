"""How pictures become the network's input, in training and in the model file alike."""

from __future__ import annotations

import torch
from torch import Tensor

from crackscope.models.input_folding import MEAN, STD

__all__ = ["MEAN", "STD", "from_uint8", "normalise"]


def normalise(batch: Tensor) -> Tensor:
    """Scale colours in 0…1 to about −2…2, laid out channels last.

    Parameters
    ----------
    batch : float32 tensor, shape (N, 3, H, W)

    Returns
    -------
    float32 tensor, shape (N, 3, H, W)
    """
    mean = batch.new_tensor(MEAN).view(1, 3, 1, 1)
    std = batch.new_tensor(STD).view(1, 3, 1, 1)
    return ((batch - mean) / std).contiguous(memory_format=torch.channels_last)


def from_uint8(pixels: Tensor) -> Tensor:
    """Turn uint8 (N, H, W, 3) into float32 (N, 3, H, W) in 0…1."""
    return pixels.permute(0, 3, 1, 2).float().div_(255)
