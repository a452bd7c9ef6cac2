"""The plain U-Net: what papers on cracks compare with."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from crackscope.models.layers import CRACK_IS_RARE, ConvBlock

_DEPTH = 4


class UNet(nn.Module):
    """Two convolutions per level, four poolings, up-convolutions and skips.

    Parameters
    ----------
    base : int
        Channels at full resolution; every level below has twice as many. The paper has 64.

    Notes
    -----
    Input float32 (N, 3, H, W), H and W multiples of 16; output logits float32 (N, 1, H, W). Ronneberger et
    al. 2015, "U-Net: convolutional networks for biomedical image segmentation", with two changes that are
    common since: convolutions pad, so that the answer is as large as the picture, and are followed by batch
    norm.
    """

    stride = 2**_DEPTH
    encoder_parts = ("down",)

    def __init__(self, base: int = 32) -> None:
        super().__init__()
        channels = [base * 2**level for level in range(_DEPTH + 1)]
        self.down = nn.ModuleList(
            _two_convolutions(3 if level == 0 else channels[level - 1], channels[level])
            for level in range(_DEPTH + 1)
        )
        self.pool = nn.MaxPool2d(2)
        self.widen = nn.ModuleList(
            nn.ConvTranspose2d(channels[level + 1], channels[level], 2, stride=2) for level in range(_DEPTH)
        )
        self.up = nn.ModuleList(
            _two_convolutions(2 * channels[level], channels[level]) for level in range(_DEPTH)
        )
        self.head = nn.Conv2d(base, 1, 1)
        nn.init.constant_(self.head.bias, CRACK_IS_RARE)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Normalised float32 (N, 3, H, W) → logits (N, 1, H, W)."""
        features = []
        for level, stage in enumerate(self.down):
            x = stage(x if level == 0 else self.pool(x))
            features.append(x)
        for level in range(_DEPTH - 1, -1, -1):
            x = self.up[level](torch.cat([features[level], self.widen[level](x)], dim=1))
        logits: Tensor = self.head(x)
        return logits


def _two_convolutions(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(ConvBlock(inputs, outputs), ConvBlock(outputs, outputs))
