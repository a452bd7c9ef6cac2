"""ENet: a network of a third of a million weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from crackscope.models.layers import CRACK_IS_RARE

_SQUEEZE = 4
"""A bottleneck works on a quarter of its channels."""


class ENet(nn.Module):
    """Early downsampling, bottlenecks with dilated and asymmetric convolutions, a short decoder.

    Parameters
    ----------
    dropout : float
        Share of the channels of a bottleneck's branch that are dropped while training; a tenth of it in the
        first stage.

    Notes
    -----
    Input float32 (N, 3, H, W), H and W multiples of 8; output logits float32 (N, 1, H, W). Paszke et al.
    2016, "ENet: a deep neural network architecture for real-time semantic segmentation". Two changes:
    upsampling doubles pixels where the paper puts them back to where the pooling took them from, for engines
    run no max-unpooling; and its up-convolutions are convolutions with a pixel shuffle.
    """

    stride = 8
    encoder_parts = ("initial", "first", "second", "third")

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.initial = _Initial(16)
        self.first = nn.Sequential(
            _Downsampling(16, 64, dropout=dropout / 10),
            *(_Bottleneck(64, dropout=dropout / 10) for _ in range(4)),
        )
        self.second = nn.Sequential(_Downsampling(64, 128, dropout=dropout), *_context(128, dropout))
        self.third = nn.Sequential(*_context(128, dropout))
        self.fourth = nn.Sequential(
            _Upsampling(128, 64, dropout=dropout), *(_Bottleneck(64, dropout=dropout) for _ in range(2))
        )
        self.fifth = nn.Sequential(_Upsampling(64, 16, dropout=dropout), _Bottleneck(16, dropout=dropout))
        self.head = nn.Conv2d(16, 4, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)
        nn.init.constant_(self.head.bias, CRACK_IS_RARE)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Normalised float32 (N, 3, H, W) → logits (N, 1, H, W)."""
        x = self.third(self.second(self.first(self.initial(x))))
        logits: Tensor = self.shuffle(self.head(self.fifth(self.fourth(x))))
        return logits


def _context(channels: int, dropout: float) -> list[nn.Module]:
    """Make the eight bottlenecks of the second and the third stage, which see ever further around a pixel."""
    layers: list[nn.Module] = []
    for near, far in ((2, 4), (8, 16)):
        layers += [
            _Bottleneck(channels, dropout=dropout),
            _Bottleneck(channels, dropout=dropout, dilation=near),
            _Bottleneck(channels, dropout=dropout, asymmetric=True),
            _Bottleneck(channels, dropout=dropout, dilation=far),
        ]
    return layers


class _Initial(nn.Module):
    """Half the resolution at once: a convolution's channels beside the pooled colours."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, outputs - 3, 3, stride=2, padding=1, bias=False)
        self.pool = nn.MaxPool2d(2)  # its colours are normalised already, and need no batch norm
        self.norm = nn.BatchNorm2d(outputs - 3)
        self.activation = nn.PReLU(outputs)

    def forward(self, x: Tensor) -> Tensor:
        seen = torch.cat([self.norm(self.convolution(x)), self.pool(x)], dim=1)
        out: Tensor = self.activation(seen)
        return out


class _Bottleneck(nn.Module):
    """A branch through a quarter of the channels, added to its input."""

    def __init__(self, channels: int, *, dropout: float, dilation: int = 1, asymmetric: bool = False) -> None:
        super().__init__()
        inner = channels // _SQUEEZE
        middle: list[nn.Module]
        if asymmetric:
            middle = [
                nn.Conv2d(inner, inner, (5, 1), padding=(2, 0), bias=False),
                nn.Conv2d(inner, inner, (1, 5), padding=(0, 2), bias=False),
            ]
        else:
            middle = [nn.Conv2d(inner, inner, 3, padding=dilation, dilation=dilation, bias=False)]
        self.branch = nn.Sequential(
            *_normed(nn.Conv2d(channels, inner, 1, bias=False), inner),
            *middle,
            *_normed(None, inner),
            *_widened(inner, channels, dropout),
        )
        self.activation = nn.PReLU(channels)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.activation(x + self.branch(x))
        return out


class _Downsampling(nn.Module):
    """A bottleneck of stride 2 beside a max pooling, which is added to the first of its channels."""

    def __init__(self, inputs: int, outputs: int, *, dropout: float) -> None:
        super().__init__()
        inner = outputs // _SQUEEZE
        self.pooled = inputs
        self.pool = nn.MaxPool2d(2)
        self.branch = nn.Sequential(
            *_normed(nn.Conv2d(inputs, inner, 2, stride=2, bias=False), inner),
            *_normed(nn.Conv2d(inner, inner, 3, padding=1, bias=False), inner),
            *_widened(inner, outputs, dropout),
        )
        self.activation = nn.PReLU(outputs)

    def forward(self, x: Tensor) -> Tensor:
        branch = self.branch(x)
        old, new = branch[:, : self.pooled], branch[:, self.pooled :]
        out: Tensor = self.activation(torch.cat([self.pool(x) + old, new], dim=1))
        return out


class _Upsampling(nn.Module):
    """A bottleneck that doubles the resolution."""

    def __init__(self, inputs: int, outputs: int, *, dropout: float) -> None:
        super().__init__()
        inner = outputs // _SQUEEZE
        self.main = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.Upsample(scale_factor=2, mode="nearest"),
        )
        self.branch = nn.Sequential(
            *_normed(nn.Conv2d(inputs, inner, 1, bias=False), inner),
            *_normed(nn.Conv2d(inner, 4 * inner, 1, bias=False), 4 * inner),
            nn.PixelShuffle(2),
            *_widened(inner, outputs, dropout),
        )
        self.activation = nn.PReLU(outputs)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.activation(self.main(x) + self.branch(x))
        return out


def _normed(convolution: nn.Module | None, channels: int) -> list[nn.Module]:
    after: list[nn.Module] = [nn.BatchNorm2d(channels), nn.PReLU(channels)]
    return after if convolution is None else [convolution, *after]


def _widened(inner: int, outputs: int, dropout: float) -> list[nn.Module]:
    """Back to all channels; without an activation, which follows the sum."""
    return [nn.Conv2d(inner, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.Dropout2d(dropout)]
