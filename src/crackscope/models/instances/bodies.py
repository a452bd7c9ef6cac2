"""Encoders that give their features at five scales, under the names that torchvision's weights go by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

import torch
from torch import Tensor, nn
from torchvision import models as library

from crackscope.models.bottleneck import stride_in_first_convolution

_LAST_OF_STAGE = {2: {1: 16, 3: 24, 6: 32, 13: 96, 16: 160}, 3: {1: 16, 3: 24, 6: 40, 12: 112, 15: 160}}
"""Of each version of MobileNet: the last block at strides 2, 4, 8, 16 and 32, with its channels."""
_RESNETS: dict[int, Callable[[], library.ResNet]] = {50: library.resnet50, 101: library.resnet101}


class Body(nn.Module):
    """An encoder in stages, which give features at strides 2, 4, 8, 16 and 32.

    Parameters
    ----------
    channels : sequence of 5 ints
        Of the features.
    frozen_stages : int
        The first so many stages keep the weights that they start from.
    keep_norms : bool
        Batch norms keep the statistics that they start from: few crops in a batch give poor ones.
    """

    def __init__(self, channels: Sequence[int], *, frozen_stages: int, keep_norms: bool) -> None:
        super().__init__()
        self.channels = tuple(channels)
        self._frozen_stages = frozen_stages
        self._keep_norms = keep_norms

    def stages(self) -> list[list[nn.Module]]:
        """Return the stages, first one first, each as what is applied in turn."""
        raise NotImplementedError

    def freeze(self) -> None:
        """Hold the first stages still; called once they are there."""
        stages = self.stages()
        if not 0 <= self._frozen_stages <= len(stages):
            raise ValueError(f"frozen_stages must be 0 to {len(stages)}")
        for module in (each for stage in stages[: self._frozen_stages] for each in stage):
            module.requires_grad_(requires_grad=False)
        self.train()  # Lightning does not: it keeps each module's mode as it finds it

    def train(self, mode: bool = True) -> Self:
        """Set training mode, but leave alone what keeps its statistics."""
        super().train(mode)
        for number, stage in enumerate(self.stages()):
            if self._keep_norms or number < self._frozen_stages:
                for module in stage:
                    module.eval()
        return self

    def forward(self, x: Tensor) -> list[Tensor]:
        """Normalised float32 (N, 3, H, W) → features, finest first."""
        features = []
        for number, stage in enumerate(self.stages()):
            with torch.set_grad_enabled(torch.is_grad_enabled() and number >= self._frozen_stages):
                for module in stage:
                    x = module(x)
            features.append(x)
        return features


class ResNetBody(Body):
    """ResNet-50 or -101 (He et al. 2016, "Deep residual learning for image recognition"); 5 stages.

    Parameters
    ----------
    depth : int
        50 or 101.
    stride_in_1x1 : bool
        See `stride_in_first_convolution`.
    frozen_stages, keep_norms
        See `Body`.
    """

    def __init__(
        self, depth: int, *, stride_in_1x1: bool = False, frozen_stages: int = 0, keep_norms: bool = False
    ) -> None:
        super().__init__((64, 256, 512, 1024, 2048), frozen_stages=frozen_stages, keep_norms=keep_norms)
        whole = _RESNETS[depth]()
        if stride_in_1x1:
            stride_in_first_convolution((whole.layer2, whole.layer3, whole.layer4))
        self.conv1, self.bn1, self.relu, self.maxpool = whole.conv1, whole.bn1, whole.relu, whole.maxpool
        self.layer1, self.layer2 = whole.layer1, whole.layer2
        self.layer3, self.layer4 = whole.layer3, whole.layer4
        self.freeze()

    def stages(self) -> list[list[nn.Module]]:
        """Return stem and layers."""
        stem: list[nn.Module] = [self.conv1, self.bn1, self.relu]
        return [stem, [self.maxpool, self.layer1], [self.layer2], [self.layer3], [self.layer4]]


class MobileNetBody(Body):
    """MobileNetV2 or MobileNetV3-Large without the last blocks, which widen for a thousand classes; 5 stages.

    Parameters
    ----------
    version : int
        2 (Sandler et al. 2018) or 3 (Howard et al. 2019, "Searching for MobileNetV3").
    frozen_stages, keep_norms
        See `Body`.
    """

    def __init__(self, version: int, *, frozen_stages: int = 0, keep_norms: bool = False) -> None:
        last = _LAST_OF_STAGE[version]
        super().__init__(list(last.values()), frozen_stages=frozen_stages, keep_norms=keep_norms)
        whole = library.mobilenet_v2() if version == 2 else library.mobilenet_v3_large()
        self._ends = [block + 1 for block in last]
        self.features = nn.Sequential(*whole.features[: self._ends[-1]])
        self.freeze()

    def stages(self) -> list[list[nn.Module]]:
        """Return the blocks between strides."""
        blocks = list(self.features)
        begins = [0, *self._ends[:-1]]
        return [blocks[begin:end] for begin, end in zip(begins, self._ends, strict=True)]
