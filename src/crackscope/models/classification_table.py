"""The architectures that tell cracked pictures from crack-free ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crackscope.models.architecture import Architecture

_HERE = "crackscope.models.classification"

_RESNET = 'He et al. 2016, "Deep residual learning for image recognition"'
_MOBILENETV3 = 'Howard et al. 2019, "Searching for MobileNetV3"'


def _classifier(
    name: str, maker: str, summary: str, reference: str, preset: Mapping[str, Any] | None = None
) -> Architecture:
    return Architecture(
        name=name,
        task="classify",
        build=f"{_HERE}:{maker}",
        summary=summary,
        reference=reference,
        preset=preset or {},
        pretrained=("imagenet",),
    )


CLASSIFICATION: tuple[Architecture, ...] = (
    _classifier(
        "resnet18", "resnet", "a solid start; plain operations, quick in int8", _RESNET, {"depth": 18}
    ),
    _classifier("resnet50", "resnet", "large and strong; twice as slow", _RESNET, {"depth": 50}),
    _classifier(
        "mobilenetv2",
        "mobilenetv2",
        "small and fast, and good in int8",
        'Sandler et al. 2018, "MobileNetV2: inverted residuals and linear bottlenecks"',
    ),
    _classifier(
        "mobilenetv3-small",
        "mobilenetv3",
        "the fastest, with attention over channels",
        _MOBILENETV3,
        {"size": "small"},
    ),
    _classifier(
        "mobilenetv3-large",
        "mobilenetv3",
        "small, with attention over channels",
        _MOBILENETV3,
        {"size": "large"},
    ),
    _classifier(
        "efficientnet-lite0",
        "timm_network",
        "small; EfficientNet without what int8 engines dislike",
        'Tan and Le 2019, "EfficientNet: rethinking model scaling for convolutional neural networks"',
        {"variant": "efficientnet_lite0"},
    ),
    _classifier(
        "timm/*",
        "timm_network",
        "any network of the library timm by its name there, for example timm/resnet26d",
        'Wightman 2019, "PyTorch image models"',
    ),
)
