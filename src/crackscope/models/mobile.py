"""MobileNetV2 as a segmentation network: its encoder can start from ImageNet weights."""

from __future__ import annotations

from typing import Any, Self, TypeVar

import torch
from torch import Tensor, nn
from torchvision.models import MobileNet_V2_Weights, mobilenet_v2

from crackscope.models.layers import LateralDecoder
from crackscope.models.published_weights import start_from_torchvision

_BLOCKS = 17
"""Of torchvision's 19: the last two widen to 320 and 1,280 channels for a thousand classes."""
_LAST_OF_STRIDE = {1: 16, 3: 24, 6: 32, 13: 96, 16: 160}
"""Last block at strides 2, 4, 8, 16 and 32, with its channels."""
_SHARES = (0.7, 0.3)
"""Of the maps at full and at half size, before anything is learnt: the best on validation pictures."""


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
    decoder_parts = ("decoder",)

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


class TwoScaleMobile(MobileNet):
    """A `MobileNet` that also looks at the picture at half its size, with the same weights.

    What is too broad or too blurred for the first look is seen in the second, which costs a quarter of it. A
    convolution learns how the two maps are joined.

    Parameters
    ----------
    lateral, half : int
        See `LateralDecoder`.
    keep_norms : bool
        Batch norms stay as they were trained: two scales would pull their statistics to and fro. For a
        network that starts from a trained one.

    Notes
    -----
    Input float32 (N, 3, H, W), H and W multiples of 64; output logits float32 (N, 1, H, W). Chen et al. 2016,
    "Attention to scale: scale-aware semantic image segmentation", join scales of one network, too.
    """

    stride = 64

    def __init__(self, lateral: int = 32, half: int = 32, *, keep_norms: bool = False) -> None:
        super().__init__(lateral, half)
        self._keep_norms = keep_norms
        self.shrink = nn.AvgPool2d(2)
        self.enlarge = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.join = nn.Conv2d(2, 1, 3, padding=1)
        weight = torch.zeros(1, 2, 3, 3)
        weight[0, :, 1, 1] = torch.tensor(_SHARES)
        self.join.weight = nn.Parameter(weight)
        self.join.bias = nn.Parameter(torch.zeros(1))
        self.train()  # Lightning keeps each module's mode as it finds it

    def forward(self, x: Tensor) -> Tensor:
        """Normalised float32 (N, 3, H, W) → logits (N, 1, H, W)."""
        near, far = super().forward(x), super().forward(self.shrink(x))
        joined: Tensor = self.join(torch.cat([near, self.enlarge(far)], dim=1))
        return joined

    def train(self, mode: bool = True) -> Self:
        """Switch to training, or to looking; batch norms may stay as they are."""
        super().train(mode)
        if self._keep_norms:
            for part in self.modules():
                if isinstance(part, nn.BatchNorm2d):
                    part.eval()
        return self


_Network = TypeVar("_Network", bound=MobileNet)


def mobile(*, pretrained: str | None = None, **options: Any) -> MobileNet:
    """Build a `MobileNet`, its encoder from torchvision's ImageNet weights where `pretrained` is given."""
    return _started(MobileNet(**options), pretrained)


def two_scale_mobile(*, pretrained: str | None = None, **options: Any) -> TwoScaleMobile:
    """Build a `TwoScaleMobile` in the same way."""
    return _started(TwoScaleMobile(**options), pretrained)


def _started(network: _Network, pretrained: str | None) -> _Network:
    if pretrained is not None:
        start_from_torchvision(network, MobileNet_V2_Weights.IMAGENET1K_V1, name="mobile")
    return network
