"""Which pixels are crack, of whichever crack: what boxes and masks are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from crackscope.models.layers import LateralDecoder


class CrackMap(nn.Module):
    """A segmentation network's decoder on the detector's own encoder.

    Parameters
    ----------
    inputs : sequence of 5 ints
        Channels of the encoder's features at strides 2 to 32.
    channels : int
        On the way up and at half resolution.
    frozen : bool
        It keeps the weights that it starts from.

    Notes
    -----
    After the semantic branch of Chen et al. 2019, "Hybrid task cascade for instance segmentation", here at
    full resolution, for a crack is few pixels wide. Its parts go by the names that they have in a
    segmentation network with the same encoder, so that one can be started from.
    """

    def __init__(self, inputs: Sequence[int], channels: int, *, frozen: bool) -> None:
        super().__init__()
        self.decoder = LateralDecoder(inputs, lateral=channels, half=channels)
        self._frozen = frozen
        if frozen:
            self.requires_grad_(requires_grad=False)
        self.train()  # Lightning does not: it keeps each module's mode as it finds it

    def train(self, mode: bool = True) -> Self:
        """Set training mode, but leave alone what keeps its statistics."""
        return super().train(mode and not self._frozen)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Features, finest first → float32 logits (N, 1, H, W)."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self._frozen):
            logits: Tensor = self.decoder(features).float()
        return logits
