"""A network that answers with probabilities."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ProbabilityModule(nn.Module):
    """A network whose output is a probability instead of a logit.

    Parameters
    ----------
    network : torch.nn.Module
        From normalised float32 (N, 3, H, W) to logits of any shape.
    temperature : float
        Logits are divided by it (Guo et al. 2017, "On calibration of modern neural networks").
    """

    def __init__(self, network: nn.Module, temperature: float = 1.0) -> None:
        super().__init__()
        if not temperature > 0.0:
            raise ValueError(f"temperature must be above 0, not {temperature}")
        self.network = network
        self.sharpness = 1.0 / temperature

    def forward(self, photo: Tensor) -> Tensor:
        """Predict: normalised float32 (N, 3, H, W) to probabilities of the logits' shape."""
        logits = self.network(photo)
        return torch.sigmoid(logits if self.sharpness == 1.0 else logits * self.sharpness)
