"""Features at every scale: a pyramid over an encoder."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

_EXTRA_LEVELS = 2


class Pyramid(nn.Module):
    """From an encoder's features at strides 4 to 32 to equally wide ones at strides 4 to 128.

    Parameters
    ----------
    inputs : sequence of 4 ints
        Channels of the encoder's features.
    channels : int

    Notes
    -----
    Lin et al. 2017, "Feature pyramid networks for object detection", with batch norm; the two coarsest levels
    are maxima of the one before.
    """

    def __init__(self, inputs: Sequence[int], channels: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(_convolution(each, channels, 1) for each in inputs)
        self.merges = nn.ModuleList(_convolution(channels, channels, 3) for _ in inputs)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """Features, finest first, each half as large as the one before → as many and two more."""
        y: Tensor = self.laterals[-1](features[-1])
        levels = [self.merges[-1](y)]
        for number in range(len(features) - 2, -1, -1):
            y = self.up(y) + self.laterals[number](features[number])
            levels.insert(0, self.merges[number](y))
        for _ in range(_EXTRA_LEVELS):
            levels.append(F.max_pool2d(levels[-1], 3, stride=2, padding=1))
        return levels


def _convolution(inputs: int, outputs: int, side: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False), nn.BatchNorm2d(outputs)
    )
