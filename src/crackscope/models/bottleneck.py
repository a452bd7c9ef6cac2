"""Which convolution of a residual bottleneck takes the stride."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn
from torchvision.models.resnet import Bottleneck


def stride_in_first_convolution(stages: Iterable[nn.Module]) -> None:
    """Let the 1×1 convolution that begins a stage take the stride instead of the 3×3 one after it.

    He et al. 2016 ("Deep residual learning for image recognition") published it so and Keras has it so;
    torchvision moved it.

    Parameters
    ----------
    stages : iterable of torch.nn.Module
        Sequences of torchvision's bottlenecks; changed in place.

    Raises
    ------
    ValueError
        If a stage is made of other blocks.
    """
    for stage in stages:
        first = next(stage.children())
        if not isinstance(first, Bottleneck):
            raise ValueError("stride_in_1x1 is for encoders of bottlenecks: ResNet-50 and ResNet-101")
        first.conv1.stride, first.conv2.stride = first.conv2.stride, first.conv1.stride
