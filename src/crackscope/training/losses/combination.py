"""Losses by name, and their weighted sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import torch
from torch import Tensor

from crackscope.errors import RecipeError
from crackscope.training.loss_options import option_fault
from crackscope.training.losses.centreline import cldice
from crackscope.training.losses.contour import boundary
from crackscope.training.losses.jaccard import lovasz
from crackscope.training.losses.overlap import dice, focal_tversky, tversky
from crackscope.training.losses.pixelwise import bce, focal, weighted_bce

LossFunction = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(logits, truth, weight), each float32 (N, 1, H, W) → scalar."""

LOSSES: Final[Mapping[str, Callable[..., Tensor]]] = {
    "bce": bce,
    "boundary": boundary,
    "cldice": cldice,
    "dice": dice,
    "focal": focal,
    "focal-tversky": focal_tversky,
    "lovasz": lovasz,
    "tversky": tversky,
    "weighted-bce": weighted_bce,
}


def known_losses() -> tuple[str, ...]:
    """Names of the segmentation losses, sorted."""
    return tuple(sorted(LOSSES))


def sum_of_losses(terms: Sequence[tuple[str, float, Mapping[str, float]]]) -> LossFunction:
    """Combine losses by name.

    Parameters
    ----------
    terms : sequence of (name, weight, options)

    Returns
    -------
    LossFunction

    Raises
    ------
    RecipeError
        If a name or option is unknown, or an option's value not allowed; the answer lists what is.
    """
    for name, _, options in terms:
        if name not in LOSSES:
            raise RecipeError(f"loss {name}: unknown; known are {', '.join(known_losses())}.")
        fault = option_fault(name, options)
        if fault is not None:
            raise RecipeError(f"{fault}.")

    def combined(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
        parts = [factor * LOSSES[name](logits, truth, weight, **options) for name, factor, options in terms]
        return torch.stack(parts).sum()

    return combined
