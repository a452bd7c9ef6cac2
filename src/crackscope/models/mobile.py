"""MobileNetV2 as a segmentation network: its encoder can start from ImageNet weights."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torchvision.models import MobileNet_V2_Weights, mobilenet_v2

from crackscope.models.layers import LateralDecoder
from crackscope.models.published_weights import start_from_torchvision

_BLOCKS = 17
"""Of torchvision's 19: the last two widen to 320 and 1,280 channels for a thousand classes."""
_LAST_OF_STRIDE = {1: 16, 3: 24, 6: 32, 13: 96, 16: 160}
"""Last block at strides 2, 4, 8, 16 and 32, with its channels."""


class MobileNet(nn.Module):
    """MobileNetV2's inverted residuals under a `LateralDecoder`.

    Parameters
    ----------
    lateral, half : int
        See `LateralDecoder`.

    Notes
    -----
    Input float32 (N, 3, H, W), H and W multiples of 32; output logits float32 (N, 1, H, W). Sandler et al.
    2018, "MobileNetV2: inverted residuals and linear bottlenecks". Names of the encoder's weights are
    torchvision's (``features.…``).
    """

    stride = 32
    encoder_parts = ("features",)

    def __init__(self, lateral: int = 32, half: int = 32) -> None:
        super().__init__()
        self.features = nn.Sequential(*mobilenet_v2().features[:_BLOCKS])
        self.decoder = LateralDecoder(tuple(_LAST_OF_STRIDE.values()), lateral=lateral, half=half)

    def forward(self, x: Tensor) -> Tensor:
        """Normalised float32 (N, 3, H, W) → logits (N, 1, H, W)."""
        features = []
        for number, block in enumerate(self.features):
            x = block(x)
            if number in _LAST_OF_STRIDE:
                features.append(x)
        logits: Tensor = self.decoder(features)
        return logits


def mobile(*, pretrained: str | None = None, **options: Any) -> MobileNet:
    """Build a `MobileNet`, its encoder from torchvision's ImageNet weights where `pretrained` is given."""
    network = MobileNet(**options)
    if pretrained is not None:
        start_from_torchvision(network, MobileNet_V2_Weights.IMAGENET1K_V1, name="mobile")
    return network
