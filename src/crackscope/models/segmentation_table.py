"""The segmentation architectures."""

from __future__ import annotations

from crackscope.models.architecture import Architecture

_OWN = "crackscope.models"
_IMAGENET = ("imagenet",)

_RONNEBERGER = 'Ronneberger et al. 2015, "U-Net: convolutional networks for biomedical image segmentation"'
_RESNET = 'He et al. 2016, "Deep residual learning for image recognition"'
_MOBILENETV2 = 'Sandler et al. 2018, "MobileNetV2: inverted residuals and linear bottlenecks"'


def _unet(name: str, encoder: str, summary: str, reference: str) -> Architecture:
    return Architecture(
        name=name,
        task="segment",
        build=f"{_OWN}.library_segmentation:unet",
        summary=summary,
        reference=f"{_RONNEBERGER}; {reference}",
        preset={"encoder": encoder},
        pretrained=_IMAGENET,
    )


SEGMENTATION: tuple[Architecture, ...] = (
    Architecture(
        name="light",
        task="segment",
        build=f"{_OWN}.light:LightNet",
        summary="plain residual encoder under a light decoder; quick to train from nothing",
        reference=_RESNET,
    ),
    Architecture(
        name="mobile",
        task="segment",
        build=f"{_OWN}.mobile:mobile",
        summary="MobileNetV2 under the light decoder; small, fast and good in int8",
        reference=_MOBILENETV2,
        pretrained=_IMAGENET,
    ),
    Architecture(
        name="mobile-two-scales",
        task="segment",
        build=f"{_OWN}.mobile:two_scale_mobile",
        summary="mobile, which looks at the picture at half its size as well; better on broad cracks",
        reference=f'{_MOBILENETV2}; Chen et al. 2016, "Attention to scale"',
        pretrained=_IMAGENET,
    ),
    Architecture(
        name="resnet50",
        task="segment",
        build=f"{_OWN}.resnet:resnet50_network",
        summary="ResNet-50 up to its third stage under the light decoder; a teacher for light networks",
        reference=_RESNET,
        pretrained=_IMAGENET,
    ),
    Architecture(
        name="unet",
        task="segment",
        build=f"{_OWN}.unet:UNet",
        summary="the plain U-Net with batch norm; the yardstick that papers compare with",
        reference=_RONNEBERGER,
    ),
    Architecture(
        name="enet",
        task="segment",
        build=f"{_OWN}.enet:ENet",
        summary="a third of a million weights; dilated and asymmetric bottlenecks",
        reference=(
            'Paszke et al. 2016, "ENet: a deep neural network architecture for real-time semantic'
            ' segmentation"'
        ),
    ),
    Architecture(
        name="hrsegnet",
        task="segment",
        build=f"{_OWN}.hrsegnet:HrSegNet",
        summary="stays at a quarter of the resolution, guided by coarser side paths; made for cracks",
        reference=(
            'Li et al. 2023, "Real-time high-resolution neural network with semantic guidance for crack'
            ' segmentation"'
        ),
    ),
    _unet("unet-resnet18", "resnet18", "U-Net over ResNet-18; a solid start for most surfaces", _RESNET),
    _unet("unet-resnet34", "resnet34", "U-Net over ResNet-34; deeper than ResNet-18, as simple", _RESNET),
    _unet("unet-resnet50", "resnet50", "U-Net over ResNet-50; large", _RESNET),
    _unet("unet-resnet101", "resnet101", "U-Net over ResNet-101; the largest residual encoder", _RESNET),
    _unet("unet-mobilenetv2", "mobilenetv2", "U-Net over MobileNetV2; small encoder", _MOBILENETV2),
    _unet(
        "unet-mobilenetv3",
        "mobilenetv3",
        "U-Net over MobileNetV3-Large; small encoder with attention over channels",
        'Howard et al. 2019, "Searching for MobileNetV3"',
    ),
    _unet(
        "unet-efficientnet-lite0",
        "efficientnet-lite0",
        "U-Net over EfficientNet-Lite0; plain operations that int8 engines like",
        'Tan and Le 2019, "EfficientNet: rethinking model scaling for convolutional neural networks"',
    ),
    _unet(
        "unet-vgg16",
        "vgg16",
        "U-Net over VGG-16 with batch norm; slow, keeps fine texture",
        'Simonyan and Zisserman 2015, "Very deep convolutional networks for large-scale image recognition"',
    ),
    Architecture(
        name="deeplabv3plus",
        task="segment",
        build=f"{_OWN}.library_segmentation:deeplabv3plus",
        summary="dilated convolutions at several rates see far around a crack",
        reference=(
            'Chen et al. 2018, "Encoder-decoder with atrous separable convolution for semantic image'
            ' segmentation"'
        ),
        pretrained=_IMAGENET,
    ),
    Architecture(
        name="segformer-b0",
        task="segment",
        build=f"{_OWN}.library_segmentation:segformer",
        summary="a small transformer; its encoder and weights are NVIDIA's, for non-commercial use",
        reference=(
            'Xie et al. 2021, "SegFormer: simple and efficient design for semantic segmentation with'
            ' transformers"'
        ),
        preset={"encoder": "mit-b0"},
        pretrained=_IMAGENET,
    ),
)
