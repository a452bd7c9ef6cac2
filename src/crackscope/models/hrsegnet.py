"""A light network that stays at a quarter of the resolution, where cracks are still lines."""

from __future__ import annotations

from torch import Tensor, nn

from crackscope.models.layers import CRACK_IS_RARE, ConvBlock, ResidualBlock

_LEVELS = (1, 2, 3)
"""Of the three stages' side paths: they work at 1/8, 1/16 and 1/32 of the resolution."""


class HrSegNet(nn.Module):
    """A path at a quarter of the resolution, and in each stage a coarser path that tells it what it sees.

    Parameters
    ----------
    base : int
        Channels at a quarter of the resolution: 16, 32 and 48 make the paper's B16, B32 and B48.

    Notes
    -----
    Input float32 (N, 3, H, W), H and W multiples of 32; output logits float32 (N, 1, H, W). After Li et al.
    2023, "Real-time high-resolution neural network with semantic guidance for crack segmentation": a path of
    high resolution, semantic guidance from side paths, and a head in two steps. How many layers each has is
    our own: 0.52 billion multiply-accumulates at 400×400 for B16, where the paper gives 0.61 GFLOP. The heads
    that the paper trains beside the last one are left out: every network of the project answers with one map.
    """

    stride = 32
    encoder_parts = ("stem", "stages")

    def __init__(self, base: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvBlock(3, base, stride=2), ConvBlock(base, base, stride=2))
        self.stages = nn.Sequential(*(_GuidedStage(base, level) for level in _LEVELS))
        half = max(8, base // 2)
        self.to_half = nn.Sequential(
            nn.Conv2d(base, 4 * half, 3, padding=1, bias=False),
            nn.BatchNorm2d(4 * half),  # before the shuffle, so that it folds into the convolution
            nn.ReLU(inplace=True),
            nn.PixelShuffle(2),
        )
        self.head = nn.Conv2d(half, 4, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)
        nn.init.constant_(self.head.bias, CRACK_IS_RARE)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Normalised float32 (N, 3, H, W) → logits (N, 1, H, W)."""
        logits: Tensor = self.shuffle(self.head(self.to_half(self.stages(self.stem(x)))))
        return logits


class _GuidedStage(nn.Module):
    """Two residual blocks at high resolution; what a coarser path sees is added after each."""

    def __init__(self, channels: int, level: int) -> None:
        super().__init__()
        coarse = channels * 2**level
        self.high = nn.ModuleList(ResidualBlock(channels, channels) for _ in range(2))
        down = [ConvBlock(channels * 2**step, channels * 2 ** (step + 1), stride=2) for step in range(level)]
        self.coarse = nn.ModuleList((nn.Sequential(*down), ConvBlock(coarse, coarse)))
        self.guidance = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(coarse, channels, 1, bias=False),
                nn.BatchNorm2d(channels),
                nn.Upsample(scale_factor=2**level, mode="bilinear", align_corners=False),
            )
            for _ in range(2)
        )
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        low = x
        for high, coarse, guidance in zip(self.high, self.coarse, self.guidance, strict=True):
            low = coarse(low)
            x = self.activation(high(x) + guidance(low))
        return x
