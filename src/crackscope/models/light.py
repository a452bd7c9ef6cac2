"""The project's own light segmentation network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn


class ConvBlock(nn.Sequential):
    """3×3 convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut (He et al. 2016, "Deep residual learning for image
    recognition").
    """

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvBlock(inputs, outputs, stride=stride),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Float32 (N, inputs, H, W) → (N, outputs, H / stride, W / stride)."""
        out: Tensor = self.activation(self.body(x) + self.shortcut(x))
        return out


class LightNet(nn.Module):
    """A residual encoder, lateral sums on the way up, and a head at half resolution with pixel shuffle.

    Only 3×3 and 1×1 convolutions, ReLU, sums and nearest-neighbour doubling: everything runs in int8 on
    every engine.

    Parameters
    ----------
    channels : sequence of 5 ints
        At strides 2, 4, 8, 16 and 32. Multiples of 16 are fastest.
    blocks : sequence of 5 ints
        Residual blocks per stage. None at stride 2 by default: half of a network's time would go there.
    lateral : int
        Channels on the way up.

    Notes
    -----
    Input float32 (N, 3, H, W), H and W multiples of 32; output logits float32 (N, 1, H, W).
    Pixel shuffle: Shi et al. 2016, "Real-time single image and video super-resolution …".
    """

    stride = 32

    def __init__(
        self,
        channels: Sequence[int] = (16, 32, 64, 96, 128),
        blocks: Sequence[int] = (0, 2, 2, 2, 2),
        lateral: int = 32,
    ) -> None:
        super().__init__()
        self.stem = ConvBlock(3, channels[0], stride=2)
        stages, inputs = [], channels[0]
        for level, (outputs, depth) in enumerate(zip(channels, blocks, strict=True)):
            first = 1 if level == 0 else 2
            stages.append(
                nn.Sequential(
                    *(
                        ResidualBlock(inputs if i == 0 else outputs, outputs, stride=first if i == 0 else 1)
                        for i in range(depth)
                    )
                )
            )
            inputs = outputs
        self.stages = nn.ModuleList(stages)
        self.laterals = nn.ModuleList(nn.Conv2d(c, lateral, 1) for c in channels)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.merges = nn.ModuleList(ConvBlock(lateral, lateral) for _ in channels[1:-1])
        self.merge_half = ConvBlock(lateral, 16)
        self.head = nn.Conv2d(16, 4, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)
        # Crack pixels are few: start from a low probability, so that the first steps are not spent learning
        # that.
        nn.init.constant_(self.head.bias, -3.0)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Normalised float32 (N, 3, H, W) → logits (N, 1, H, W)."""
        features = []
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        y: Tensor = self.laterals[-1](features[-1])
        for level in range(len(features) - 2, 0, -1):
            y = self.merges[level - 1](self.up(y) + self.laterals[level](features[level]))
        y = self.merge_half(self.up(y) + self.laterals[0](features[0]))
        logits: Tensor = self.shuffle(self.head(y))
        return logits


def count_parameters(module: nn.Module) -> int:
    """Count trainable parameters."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def as_channels_last(module: nn.Module) -> nn.Module:
    """Lay a network's weights out channels last: twice the speed of 3×3 convolutions on a CPU."""
    moved: nn.Module = cast(Any, module).to(memory_format=torch.channels_last)  # typed anew in every torch
    return moved
