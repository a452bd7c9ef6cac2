"""The project's own light segmentation network."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from crackscope.models.layers import ConvBlock, LateralDecoder, ResidualBlock


class LightNet(nn.Module):
    """A residual encoder of plain convolutions under a `LateralDecoder`: quick to train from nothing.

    Parameters
    ----------
    channels : sequence of 5 ints
        At strides 2, 4, 8, 16 and 32. Multiples of 16 are fastest.
    blocks : sequence of 5 ints
        Residual blocks per stage. None at stride 2 by default: half of a network's time would go there.
    lateral, half : int
        See `LateralDecoder`.

    Notes
    -----
    Input float32 (N, 3, H, W), H and W multiples of 32; output logits float32 (N, 1, H, W).
    """

    stride = 32
    encoder_parts = ("stem", "stages")

    def __init__(
        self,
        channels: Sequence[int] = (16, 32, 64, 96, 128),
        blocks: Sequence[int] = (0, 2, 2, 2, 2),
        lateral: int = 32,
        half: int = 16,
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
        self.decoder = LateralDecoder(channels, lateral=lateral, half=half)

    def forward(self, x: Tensor) -> Tensor:
        """Normalised float32 (N, 3, H, W) → logits (N, 1, H, W)."""
        features = []
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        logits: Tensor = self.decoder(features)
        return logits
