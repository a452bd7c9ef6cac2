"""The architectures that find cracks one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crackscope.models.architecture import Architecture

_HERE = "crackscope.models.instances.builders"
_MASK_RCNN = 'He et al. 2017, "Mask R-CNN"'


def _detector(name: str, maker: str, summary: str, preset: Mapping[str, Any]) -> Architecture:
    return Architecture(
        name=name,
        task="detect",
        build=f"{_HERE}:{maker}",
        summary=summary,
        reference=_MASK_RCNN,
        preset=preset,
        pretrained=("imagenet",),
    )


INSTANCES: tuple[Architecture, ...] = (
    _detector(
        "maskrcnn-mobilenetv2", "mobilenet_mask_rcnn", "the lightest; trains on a processor", {"version": 2}
    ),
    _detector(
        "maskrcnn-mobilenetv3", "mobilenet_mask_rcnn", "light, with attention over channels", {"version": 3}
    ),
    _detector("maskrcnn-resnet50", "resnet_mask_rcnn", "large and strong", {"depth": 50}),
    _detector("maskrcnn-resnet101", "resnet_mask_rcnn", "the largest", {"depth": 101}),
)
