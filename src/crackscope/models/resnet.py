"""ResNet-50 as a segmentation network: a strong, slow teacher for light ones."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor, nn
from torchvision.models import ResNet50_Weights, resnet50

from crackscope.models.bottleneck import stride_in_first_convolution
from crackscope.models.layers import ConvBlock, LateralDecoder
from crackscope.models.published_weights import start_from_torchvision

_STAGES = ("conv1", "layer1", "layer2", "layer3")
_CHANNELS = (64, 256, 512, 1024)
_DEEPEST = 256


class ResNet50(nn.Module):
    """ResNet-50 up to its third stage, a thin stage at stride 32, and a `LateralDecoder`.

    Parameters
    ----------
    lateral, half : int
        See `LateralDecoder`.
    stride_in_1x1 : bool
        The 1×1 convolution that begins a stage takes the stride, as He et al. published it and Keras has it;
        by default the 3×3 one after it does, as in torchvision.
    frozen_stages : int
        The first stages (0 to 4; the stem counts as one) keep the weights that they start from; their batch
        norms go on following the batches, unless `keep_norms` says otherwise.
    keep_norms : bool
        Batch norms of the encoder keep the statistics that they start from: small batches of crops would
        give poor ones.

    Notes
    -----
    Input float32 (N, 3, H, W), H and W multiples of 32; output logits float32 (N, 1, H, W). He et al. 2016,
    "Deep residual learning for image recognition". Names of the encoder's weights are torchvision's. The
    fourth stage is left out: it is as slow as the third and sees what the thin one sees.
    """

    stride = 32
    encoder_parts = ("conv1", "bn1", "layer1", "layer2", "layer3")

    def __init__(
        self,
        lateral: int = 64,
        half: int = 64,
        *,
        stride_in_1x1: bool = False,
        frozen_stages: int = 0,
        keep_norms: bool = False,
    ) -> None:
        if not 0 <= frozen_stages <= len(_STAGES):
            raise ValueError(f"frozen_stages must be 0 to {len(_STAGES)}")
        super().__init__()
        whole = resnet50()
        if stride_in_1x1:
            stride_in_first_convolution((whole.layer2, whole.layer3))
        self.conv1, self.bn1, self.relu = whole.conv1, whole.bn1, whole.relu
        self.maxpool = whole.maxpool
        self.layer1, self.layer2, self.layer3 = whole.layer1, whole.layer2, whole.layer3
        self.deepest = nn.Sequential(
            nn.Conv2d(_CHANNELS[-1], _DEEPEST, 1, bias=False),
            nn.BatchNorm2d(_DEEPEST),
            nn.ReLU(inplace=True),
            ConvBlock(_DEEPEST, _DEEPEST, stride=2),
            ConvBlock(_DEEPEST, _DEEPEST),
        )
        self.decoder = LateralDecoder((*_CHANNELS, _DEEPEST), lateral=lateral, half=half)
        self._frozen_stages = frozen_stages
        self._keep_norms = keep_norms
        for name in ("bn1", *_STAGES[:frozen_stages]) if frozen_stages else ():
            self.get_submodule(name).requires_grad_(requires_grad=False)
        self.train()  # Lightning does not: it keeps each module's mode as it finds it

    def train(self, mode: bool = True) -> Self:
        """Set training mode, but leave alone what keeps its statistics."""
        super().train(mode)
        if self._keep_norms:
            for name in self.encoder_parts:
                self.get_submodule(name).eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Normalised float32 (N, 3, H, W) → logits (N, 1, H, W)."""
        features = []
        for number, stage in enumerate((self._stem, self._first, self.layer2, self.layer3)):
            with torch.set_grad_enabled(torch.is_grad_enabled() and number >= self._frozen_stages):
                x = stage(x)
            features.append(x)
        logits: Tensor = self.decoder([*features, self.deepest(x)])
        return logits

    def _stem(self, x: Tensor) -> Tensor:
        out: Tensor = self.relu(self.bn1(self.conv1(x)))
        return out

    def _first(self, x: Tensor) -> Tensor:
        out: Tensor = self.layer1(self.maxpool(x))
        return out


def resnet50_network(*, pretrained: str | None = None, **options: Any) -> ResNet50:
    """Build a `ResNet50`, its encoder from torchvision's ImageNet weights where `pretrained` is given."""
    network = ResNet50(**options)
    if pretrained is not None:
        start_from_torchvision(network, ResNet50_Weights.IMAGENET1K_V1, name="resnet50")
    return network
