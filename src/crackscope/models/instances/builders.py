"""Mask R-CNN over each encoder, as the registry builds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torchvision import models as library

from crackscope.models.instances.anchor_fit import AnchorShapes
from crackscope.models.instances.bodies import Body, MobileNetBody, ResNetBody
from crackscope.models.instances.mask_rcnn import Limits, MaskRcnn
from crackscope.models.published_weights import start_from_torchvision

_RESNET_WEIGHTS = {50: library.ResNet50_Weights.IMAGENET1K_V1, 101: library.ResNet101_Weights.IMAGENET1K_V1}
_MOBILENET_WEIGHTS = {
    2: library.MobileNet_V2_Weights.IMAGENET1K_V1,
    3: library.MobileNet_V3_Large_Weights.IMAGENET1K_V1,
}


def resnet_mask_rcnn(
    depth: int,
    *,
    pretrained: str | None = None,
    stride_in_1x1: bool = False,
    frozen_stages: int = 0,
    keep_norms: bool = False,
    head_channels: int = 128,
    mask_channels: int = 64,
    box_features: int = 512,
    map_channels: int = 64,
    **options: object,
) -> MaskRcnn:
    """Build Mask R-CNN over ResNet-50 or -101; see `ResNetBody` and `mask_rcnn`."""
    body = ResNetBody(depth, stride_in_1x1=stride_in_1x1, frozen_stages=frozen_stages, keep_norms=keep_norms)
    network = mask_rcnn(
        body,
        head_channels=head_channels,
        mask_channels=mask_channels,
        box_features=box_features,
        map_channels=map_channels,
        **options,  # type: ignore[arg-type]
    )
    if pretrained is not None:
        start_from_torchvision(network, _RESNET_WEIGHTS[depth], name=f"maskrcnn-resnet{depth}")
    return network


def mobilenet_mask_rcnn(
    version: int,
    *,
    pretrained: str | None = None,
    frozen_stages: int = 0,
    keep_norms: bool = False,
    head_channels: int = 64,
    mask_channels: int = 32,
    box_features: int = 256,
    map_channels: int = 32,
    **options: object,
) -> MaskRcnn:
    """Build Mask R-CNN over MobileNetV2 or MobileNetV3-Large; see `MobileNetBody` and `mask_rcnn`."""
    body = MobileNetBody(version, frozen_stages=frozen_stages, keep_norms=keep_norms)
    network = mask_rcnn(
        body,
        head_channels=head_channels,
        mask_channels=mask_channels,
        box_features=box_features,
        map_channels=map_channels,
        **options,  # type: ignore[arg-type]
    )
    if pretrained is not None:
        start_from_torchvision(network, _MOBILENET_WEIGHTS[version], name=f"maskrcnn-mobilenetv{version}")
    return network


def mask_rcnn(
    body: Body,
    *,
    head_channels: int,
    mask_channels: int,
    box_features: int,
    map_channels: int,
    frozen_map: bool = False,
    mirrors: int = 0,
    mask_px: int = 112,
    mask_layers: int = 3,
    anchors: Literal["default", "fit"] = "default",
    anchor_sizes_px: Sequence[float] | None = None,
    anchor_ratios: Sequence[float] | None = None,
    proposals: int = 100,
    most_cracks: int = 50,
    least_score: float = 0.05,
    overlap: float = 0.5,
) -> MaskRcnn:
    """Build Mask R-CNN from a recipe's options.

    Parameters
    ----------
    body : Body
    head_channels : int
        Of the pyramid and of the layers that look at it.
    mask_channels, mask_layers : int
        Of the layers that draw a mask.
    box_features : int
        Of the layers that judge a box.
    map_channels, frozen_map
        See `CrackMap`.
    mask_px : int
        Side of a mask: 28, 56 or 112.
    mirrors : int
        See `MaskRcnn`.
    anchors : str
        ``"fit"`` lets training choose the boxes to begin from by the cracks it learns from.
    anchor_sizes_px, anchor_ratios : sequence of floats, optional
        Boxes to begin from, see `AnchorShapes`; not with ``"fit"``.
    proposals, most_cracks, least_score, overlap
        See `Limits`.

    Returns
    -------
    MaskRcnn

    Raises
    ------
    ValueError
        If an option is out of range.
    """
    if anchors not in ("default", "fit"):
        raise ValueError(f"anchors must be default or fit, not {anchors}")
    fits = anchors == "fit"
    if fits and (anchor_sizes_px or anchor_ratios):
        raise ValueError("anchors are fitted or given, not both")
    given = AnchorShapes()
    return MaskRcnn(
        body,
        channels=head_channels,
        box_features=box_features,
        mask_channels=mask_channels,
        mask_layers=mask_layers,
        mask_px=mask_px,
        map_channels=map_channels,
        frozen_map=frozen_map,
        mirrors=mirrors,
        anchors=AnchorShapes(tuple(anchor_sizes_px or given.sizes_px), tuple(anchor_ratios or given.ratios)),
        fits_anchors=fits,
        limits=Limits(proposals=proposals, most_cracks=most_cracks, least_score=least_score, overlap=overlap),
    )
