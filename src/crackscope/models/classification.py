"""Networks that say whether a picture shows a crack.

Each takes normalised float32 (N, 3, H, W), H and W at least 32, and gives logits float32 (N, 1). The encoders
are the libraries' own, under the names they have there, so that published weights and files of weights load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import timm
import torch
from torch import Tensor, nn
from torchvision import models as library

from crackscope.errors import RecipeError
from crackscope.models.bottleneck import stride_in_first_convolution
from crackscope.models.input_folding import NotFoldableError, fold_normalisation
from crackscope.models.published_weights import fetching, start_from_torchvision

DROPOUT = 0.2
_RESNETS = {
    18: (library.resnet18, library.ResNet18_Weights.IMAGENET1K_V1),
    50: (library.resnet50, library.ResNet50_Weights.IMAGENET1K_V2),
}
_MOBILENETS_V3 = {
    "small": (library.mobilenet_v3_small, library.MobileNet_V3_Small_Weights.IMAGENET1K_V1),
    "large": (library.mobilenet_v3_large, library.MobileNet_V3_Large_Weights.IMAGENET1K_V2),
}


class CrackClassifier(nn.Module):
    """An encoder's feature maps, their means over the picture, and one logit.

    Parameters
    ----------
    encoder : mapping of str to torch.nn.Module
        Applied one after the other; they become attributes of these names, which the names of the weights
        begin with.
    channels : int
        Of the last one's output, float32 (N, channels, H', W'), or (N, channels) where it pools by itself.
    head : torch.nn.Module, optional
        What the library has between the means and its last layer, (N, channels) → (N, widened).
    widened : int, optional
        `channels` where there is no `head`.
    dropout : float
        Share of the features that is dropped before the last layer while training.
    """

    stride = 1

    def __init__(
        self,
        encoder: Mapping[str, nn.Module],
        *,
        channels: int,
        head: nn.Module | None = None,
        widened: int | None = None,
        dropout: float = DROPOUT,
    ) -> None:
        super().__init__()
        for name, module in encoder.items():
            self.add_module(name, module)
        self.encoder_parts: Sequence[str] = tuple(encoder)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Sequential(
            *([head] if head is not None else []), nn.Dropout(dropout), nn.Linear(widened or channels, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Normalised float32 (N, 3, H, W) → logits (N, 1)."""
        for name in self.encoder_parts:
            x = self.get_submodule(name)(x)
        if x.ndim == 4:
            x = torch.flatten(self.pool(x), 1)
        logits: Tensor = self.head(x)
        return logits


def resnet(
    depth: int,
    *,
    pretrained: str | None = None,
    dropout: float = DROPOUT,
    stride_in_1x1: bool = False,
) -> CrackClassifier:
    """Build ResNet-18 or ResNet-50; `stride_in_1x1` as `stride_in_first_convolution` says."""
    make, published = _RESNETS[depth]
    whole = make()
    if stride_in_1x1:
        stride_in_first_convolution((whole.layer2, whole.layer3, whole.layer4))
    names = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
    encoder = {name: getattr(whole, name) for name in names}
    network = CrackClassifier(encoder, channels=whole.fc.in_features, dropout=dropout)
    if pretrained is not None:
        start_from_torchvision(network, published, name=f"resnet{depth}")
    return network


def mobilenetv2(*, pretrained: str | None = None, dropout: float = DROPOUT) -> CrackClassifier:
    """Build MobileNetV2."""
    whole = library.mobilenet_v2()
    network = CrackClassifier({"features": whole.features}, channels=whole.last_channel, dropout=dropout)
    if pretrained is not None:
        start_from_torchvision(network, library.MobileNet_V2_Weights.IMAGENET1K_V1, name="mobilenetv2")
    return network


def mobilenetv3(size: str, *, pretrained: str | None = None, dropout: float = DROPOUT) -> CrackClassifier:
    """Build MobileNetV3-Small or -Large."""
    make, published = _MOBILENETS_V3[size]
    whole = make()
    widening, activation = whole.classifier[0], whole.classifier[1]
    network = CrackClassifier(
        {"features": whole.features},
        channels=widening.in_features,
        head=nn.Sequential(widening, activation),
        widened=widening.out_features,
        dropout=dropout,
    )
    if pretrained is not None:
        start_from_torchvision(network, published, name=f"mobilenetv3-{size}")
    return network


def timm_network(
    variant: str, *, pretrained: str | None = None, dropout: float = DROPOUT, **options: Any
) -> CrackClassifier:
    """Build any network of timm.

    Parameters
    ----------
    variant : str
        Its name there, for example ``resnet26d``.
    pretrained : str, optional
        ``"imagenet"`` starts it from the weights that timm publishes for it.
    dropout : float
    **options
        For timm's own maker, for example ``img_size`` for a transformer.

    Raises
    ------
    RecipeError
        If timm has no such network, or its weights cannot be fetched or used.
    """
    if not timm.is_model(variant.partition(".")[0]):
        raise RecipeError(
            f"model timm/{variant}: timm has no such network; timm.list_models() gives the names."
        )
    if pretrained is None:
        encoder: Any = timm.create_model(variant, num_classes=0, **options)
    else:
        with fetching(f"timm/{variant}"):
            encoder = timm.create_model(variant, pretrained=True, num_classes=0, **options)
    channels = int(getattr(encoder, "head_hidden_size", None) or encoder.num_features)
    network = CrackClassifier({"encoder": encoder}, channels=channels, dropout=dropout)
    if pretrained is not None:
        learnt_with = encoder.pretrained_cfg
        try:
            fold_normalisation(network, mean=learnt_with["mean"], std=learnt_with["std"])
        except NotFoldableError as error:
            raise RecipeError(
                f"model timm/{variant}: its published weights take other colours than ours, and {error};"
                " choose another network, or start without."
            ) from error
    return network
