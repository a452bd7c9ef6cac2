"""Predict whole pictures with a torch network."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from crackscope.imaging.arrays import ProbabilityMap, RgbPixels
from crackscope.training.normalisation import from_uint8, normalise


def predict_picture(network: nn.Module, pixels: RgbPixels, *, temperature: float = 1.0) -> ProbabilityMap:
    """Predict one picture whole.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode; its `stride` says what height and width are padded to, by reflection.
    pixels : uint8 array, shape (H, W, 3)
    temperature : float
        Logits are divided by it (Guo et al. 2017, "On calibration of modern neural networks").

    Returns
    -------
    float32 array, shape (H, W)
    """
    stride = int(getattr(network, "stride", 32))
    height, width = pixels.shape[:2]
    bottom, right = -height % stride, -width % stride
    mode = "reflect" if height > bottom and width > right else "edge"
    padded = np.pad(pixels, ((0, bottom), (0, right), (0, 0)), mode=mode)  # type: ignore[call-overload]
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
    with torch.inference_mode():
        logits = network(normalise(from_uint8(torch.from_numpy(padded)[None].to(device)))).float()
        probability = torch.sigmoid(logits[0, 0, :height, :width] / temperature)
    return probability.cpu().numpy()
