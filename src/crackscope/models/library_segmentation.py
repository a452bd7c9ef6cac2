"""Segmentation networks of segmentation-models-pytorch, whose encoders can start from ImageNet weights."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, cast

import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch.encoders import get_encoder, get_preprocessing_params
from torch import Tensor, nn
from torch.nn import functional as F

from crackscope.models.bottleneck import stride_in_first_convolution
from crackscope.models.input_folding import fold_normalisation
from crackscope.models.layers import CRACK_IS_RARE
from crackscope.models.published_weights import fetching

_FROM_TIMM = "tu-"
_ENCODERS = {
    "resnet18": "resnet18",
    "resnet34": "resnet34",
    "resnet50": "resnet50",
    "resnet101": "resnet101",
    "mobilenetv2": "mobilenet_v2",
    "mobilenetv3": "tu-mobilenetv3_large_100",
    "efficientnet-lite0": "tu-efficientnet_lite0",
    "vgg16": "vgg16_bn",
    "mit-b0": "mit_b0",
}
"""Our names, and the library's. Of timm's EfficientNets and MobileNets those with plain padding are taken:
TensorFlow's kind depends on the picture's size."""
_STRIDED_STAGES = ("layer2", "layer3", "layer4")
_SCSE_SQUEEZE = 16
"""The library's attention works on a sixteenth of the channels."""


class LibraryNetwork(nn.Module):
    """The library's encoder, decoder and head, with an answer at full resolution.

    Parameters
    ----------
    network : torch.nn.Module
        Of the library, whose head does not enlarge.
    stride : int
    encoder : str
        The library's name of it.
    enlarge : int
        How much smaller than the picture the head's answer is.

    Notes
    -----
    Input float32 (N, 3, H, W), H and W multiples of `stride`; output logits float32 (N, 1, H, W).
    """

    def __init__(self, network: Any, *, stride: int, encoder: str, enlarge: int = 1) -> None:  # noqa: ANN401
        super().__init__()
        self.stride = stride
        # The weights of timm's encoders go by timm's names from here on.
        self.encoder_parts = ("encoder.model",) if encoder.startswith(_FROM_TIMM) else ("encoder",)
        self.encoder: nn.Module = network.encoder
        self.decoder: nn.Module = network.decoder
        self.head: nn.Module = network.segmentation_head
        self.enlarge = enlarge
        for layer in self.decoder.modules():
            if isinstance(layer, nn.Upsample):
                # Aligned corners shift a pixel by where it lies in the picture: tiles would not meet.
                layer.align_corners = False if layer.align_corners else layer.align_corners
        nn.init.constant_(self.head.get_parameter("0.bias"), CRACK_IS_RARE)

    def forward(self, x: Tensor) -> Tensor:
        """Normalised float32 (N, 3, H, W) → logits (N, 1, H, W)."""
        quiet: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
        if torch.onnx.is_in_onnx_export():
            # SegFormer's decoder asks a tensor how many channels it has; the encoder fixes that.
            quiet = _without(cast(Any, torch.jit).TracerWarning)
        with quiet:
            logits: Tensor = self.head(self.decoder(self.encoder(x)))
        if self.enlarge == 1:
            return logits
        return F.interpolate(logits, scale_factor=float(self.enlarge), mode="bilinear", align_corners=False)


def unet(
    *,
    encoder: str,
    decoder_channels: Sequence[int] = (256, 128, 64, 32, 16),
    decoder_attention: str | None = None,
    stride_in_1x1: bool = False,
    pretrained: str | None = None,
) -> LibraryNetwork:
    """Build a U-Net's decoder over an encoder.

    Parameters
    ----------
    encoder : str
    decoder_channels : sequence of 5 ints
        At strides 16, 8, 4, 2 and 1.
    decoder_attention : str, optional
        ``scse``: Roy et al. 2018, "Concurrent spatial and channel squeeze & excitation in fully convolutional
        networks".
    stride_in_1x1 : bool
        See `stride_in_first_convolution`; for weights that were learnt with Keras.
    pretrained : str, optional
        ``imagenet``

    Returns
    -------
    LibraryNetwork

    Raises
    ------
    ValueError
        If an option does not fit the encoder.
    RecipeError
        If the pretrained weights cannot be fetched.
    """
    library_name = _known(encoder)
    if decoder_attention is not None and min(decoder_channels) < _SCSE_SQUEEZE:
        raise ValueError(f"decoder_attention needs at least {_SCSE_SQUEEZE} decoder_channels everywhere")
    with torch.device("meta" if encoder == "vgg16" else torch.get_default_device()):
        network = smp.Unet(
            library_name,
            encoder_weights=None,
            decoder_channels=tuple(decoder_channels),
            decoder_attention_type=decoder_attention,
        )
    if encoder == "vgg16":
        _fill_vgg(network)
    wrapped = LibraryNetwork(network, stride=32, encoder=library_name)
    return _started(wrapped, f"unet-{encoder}", library_name, stride_in_1x1, pretrained)


def deeplabv3plus(
    *,
    encoder: str = "resnet18",
    decoder_channels: int = 256,
    dilations: Sequence[int] = (12, 24, 36),
    dropout: float = 0.5,
    stride_in_1x1: bool = False,
    pretrained: str | None = None,
) -> LibraryNetwork:
    """Build DeepLabV3+ over an encoder whose last stage is dilated instead of strided.

    Parameters
    ----------
    encoder : str
        Any of the U-Net's but VGG.
    decoder_channels : int
    dilations : sequence of 3 ints
        Of the parallel convolutions, in px at a sixteenth of the resolution.
    dropout : float
        Behind them, while training. Batches need two pictures then, because of a batch norm over the
        picture's mean.
    stride_in_1x1, pretrained
        See `unet`.

    Returns
    -------
    LibraryNetwork

    Raises
    ------
    ValueError, RecipeError
        See `unet`.
    """
    library_name = _known(encoder, without=("vgg16", "mit-b0"))
    network = smp.DeepLabV3Plus(
        library_name,
        encoder_weights=None,
        decoder_channels=decoder_channels,
        decoder_atrous_rates=tuple(dilations),
        decoder_aspp_dropout=dropout,
        upsampling=1,
    )
    wrapped = LibraryNetwork(network, stride=16, encoder=library_name, enlarge=4)
    return _started(wrapped, "deeplabv3plus", library_name, stride_in_1x1, pretrained)


def segformer(*, encoder: str, decoder_channels: int = 256, pretrained: str | None = None) -> LibraryNetwork:
    """Build SegFormer: a transformer whose attention looks at a coarser picture, under linear layers.

    Parameters
    ----------
    encoder : str
    decoder_channels : int
    pretrained
        See `unet`.

    Returns
    -------
    LibraryNetwork

    Raises
    ------
    ValueError, RecipeError
        See `unet`.
    """
    library_name = _known(encoder)
    network = smp.Segformer(
        library_name, encoder_weights=None, decoder_segmentation_channels=decoder_channels, upsampling=1
    )
    wrapped = LibraryNetwork(network, stride=32, encoder=library_name, enlarge=4)
    return _started(wrapped, f"segformer-{encoder.removeprefix('mit-')}", library_name, False, pretrained)


@contextlib.contextmanager
def _without(category: type[Warning]) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category)
        yield


def _known(encoder: str, *, without: Sequence[str] = ()) -> str:
    known = {ours: theirs for ours, theirs in _ENCODERS.items() if ours not in without}
    if encoder not in known:
        raise ValueError(f"encoder {encoder} is unknown; known are {', '.join(known)}")
    return known[encoder]


def _fill_vgg(network: Any) -> None:  # noqa: ANN401
    """Give fresh weights to a network that was laid out without memory.

    The library draws the 120 million weights of VGG's classifier and then drops them: laid out without
    memory, they cost neither half a gigabyte nor seconds. Convolutions are drawn as torchvision draws VGG's
    (He et al. 2015, "Delving deep into rectifiers").
    """
    network.to_empty(device="cpu")
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.BatchNorm2d):
            layer.reset_parameters()
    for layer in network.encoder.modules():
        if isinstance(layer, nn.Conv2d) and layer.bias is not None:
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    network.initialize()


def _started(
    network: LibraryNetwork, name: str, library_name: str, stride_in_1x1: bool, pretrained: str | None
) -> LibraryNetwork:
    """Set what does not depend on the architecture: strides, and the weights that the encoder starts from."""
    if stride_in_1x1:
        stages = [child for part, child in network.encoder.named_children() if part in _STRIDED_STAGES]
        if not stages:
            raise ValueError("stride_in_1x1 is for encoders of bottlenecks: ResNet-50 and ResNet-101")
        stride_in_first_convolution(stages)
    if pretrained is not None:
        with fetching(name), _without(UserWarning):  # for timm's encoders the library wants True instead
            fetched = get_encoder(library_name, weights=pretrained)
            learnt_with = get_preprocessing_params(library_name, pretrained)
        network.encoder.load_state_dict(fetched.state_dict())
        fold_normalisation(network, mean=learnt_with["mean"], std=learnt_with["std"])
    return network
