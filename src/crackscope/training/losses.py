"""Losses for rare pixels.

Crack pixels are a few in a hundred. A loss that counts every pixel alike is content with "no crack
anywhere"; those here look at the crack pixels as a whole (Dice, Tversky), at the hard pixels (focal) or at
the centreline (clDice).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from crackscope.errors import RecipeError

LossFunction = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(logits, truth, weight), each float32 (N, 1, H, W) → scalar."""

_SMOOTH = 1.0  # px; keeps an empty crop from dividing by zero


def bce(logits: Tensor, truth: Tensor, weight: Tensor, *, positive: float = 1.0) -> Tensor:
    """Binary cross-entropy, the mean over weighted pixels; crack pixels count `positive` times."""
    pixelwise = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return _weighted_mean(pixelwise, weight * (1 + (positive - 1) * truth))


def focal(logits: Tensor, truth: Tensor, weight: Tensor, *, gamma: float = 2.0, alpha: float = 0.5) -> Tensor:
    """Cross-entropy in which well-known pixels fade (Lin et al. 2017, "Focal loss for dense object
    detection").
    """
    pixelwise = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    missed = 1 - torch.exp(-pixelwise)
    balance = truth * alpha + (1 - truth) * (1 - alpha)
    return _weighted_mean(2 * balance * missed**gamma * pixelwise, weight)


def tversky(
    logits: Tensor, truth: Tensor, weight: Tensor, *, false_positive: float = 0.5, false_negative: float = 0.5
) -> Tensor:
    """Overlap over the whole batch with a price for each kind of error (Salehi et al. 2017, "Tversky loss
    function …").
    """
    probability = torch.sigmoid(logits)
    hit = (weight * probability * truth).sum()
    extra = (weight * probability * (1 - truth)).sum()
    lost = (weight * (1 - probability) * truth).sum()
    return 1 - (hit + _SMOOTH) / (hit + false_positive * extra + false_negative * lost + _SMOOTH)


def dice(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """1 − soft F1 over the whole batch (Milletari et al. 2016, "V-Net")."""
    return tversky(logits, truth, weight)


def cldice(logits: Tensor, truth: Tensor, weight: Tensor, *, iterations: float = 8) -> Tensor:
    """1 − soft F1 of the centrelines (Shit et al. 2021, "clDice — a novel topology-preserving loss function
    …").

    `iterations` is the largest half width in px whose centreline is found.
    """
    probability = torch.sigmoid(logits) * (weight > 0)
    predicted_line = _soft_skeleton(probability, int(iterations))
    true_line = _soft_skeleton(truth, int(iterations))
    precision = (weight * predicted_line * truth).sum() + _SMOOTH
    precision = precision / ((weight * predicted_line).sum() + _SMOOTH)
    recall = ((weight * true_line * probability).sum() + _SMOOTH) / ((weight * true_line).sum() + _SMOOTH)
    return 1 - 2 * precision * recall / (precision + recall)


_LOSSES: dict[str, Callable[..., Tensor]] = {
    "bce": bce,
    "cldice": cldice,
    "dice": dice,
    "focal": focal,
    "tversky": tversky,
}


def sum_of_losses(terms: Sequence[tuple[str, float, dict[str, float]]]) -> LossFunction:
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
        If a name or option is unknown; the answer lists the known names.
    """
    for name, _, options in terms:
        if name not in _LOSSES:
            raise RecipeError(f"loss {name}: unknown; known are {', '.join(_LOSSES)}.")
        unknown = set(options) - set(_LOSSES[name].__kwdefaults__ or {})
        if unknown:
            raise RecipeError(f"loss {name}: has no option {', '.join(sorted(unknown))}; see docs/train.md.")

    def combined(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
        parts = [factor * _LOSSES[name](logits, truth, weight, **options) for name, factor, options in terms]
        return torch.stack(parts).sum()

    return combined


def _weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp_min(1e-6)


def _soft_skeleton(image: Tensor, iterations: int) -> Tensor:
    opened = _soft_open(image)
    skeleton = F.relu(image - opened)
    for _ in range(iterations):
        image = _soft_erode(image)
        remainder = F.relu(image - _soft_open(image))
        skeleton = skeleton + F.relu(remainder - skeleton * remainder)
    return skeleton


def _soft_erode(image: Tensor) -> Tensor:
    tall = -F.max_pool2d(-image, (3, 1), 1, (1, 0))
    wide = -F.max_pool2d(-image, (1, 3), 1, (0, 1))
    return torch.minimum(tall, wide)


def _soft_open(image: Tensor) -> Tensor:
    return F.max_pool2d(_soft_erode(image), 3, 1, 1)
