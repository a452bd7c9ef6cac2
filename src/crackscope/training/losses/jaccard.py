"""Lovász hinge: the convex surrogate of IoU."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

_HARD = 0.5
_TINY = 1e-12


def lovasz(logits: Tensor, truth: Tensor, weight: Tensor, *, per_picture: float = 0.0) -> Tensor:
    """Σ hinge errors, largest first, each times what its pixel, wrong besides those before, takes from IoU.

    The hinge error of a pixel is max(0, 1 − logit·(±1)). Where all errors are 0 or 1 the sum is 1 − IoU
    itself; elsewhere it is the convex extension of that. For the last hundredths of IoU, best after or beside
    cross-entropy: its probabilities mean nothing, only their side of .5 does.

    Parameters
    ----------
    logits, truth, weight : float32 tensors, shape (N, 1, H, W)
        A pixel of weight w counts in IoU as w pixels; soft truth is taken at .5.
    per_picture : float
        1 takes IoU of each picture and averages by the pictures' weights, 0 takes it of the whole batch. In a
        picture without cracks IoU is 0 with the first pixel reported, and only the worst one is corrected.

    Returns
    -------
    float32 tensor, scalar
        At least 0; above 1 for errors of more than the margin.

    References
    ----------
    Berman et al. (2018), "The Lovász-Softmax loss: a tractable surrogate for the optimization of the
    intersection-over-union measure in neural networks".
    """
    crack = (truth >= _HARD).to(logits.dtype)
    errors = F.relu(1 - logits * (2 * crack - 1))
    rows = len(logits) if per_picture else 1
    own = weight.reshape(rows, -1)
    by_row = _extension(errors.reshape(rows, -1), crack.reshape(rows, -1), own)
    total = own.sum(dim=1)
    return (by_row * total).sum() / total.sum().clamp_min(_TINY)


def _extension(errors: Tensor, crack: Tensor, weight: Tensor) -> Tensor:
    """Sum errors (R, P), sorted downwards, times the steps of 1 − IoU → (R,)."""
    errors, order = errors.sort(dim=1, descending=True)
    # Differences of a running sum over a million pixels need more digits than float32 has; MPS has no others.
    wide = torch.float32 if errors.device.type == "mps" else torch.float64
    weight, crack = weight.gather(1, order).to(wide), crack.gather(1, order).to(wide)
    wrong = weight.cumsum(dim=1)
    union = (weight * crack).sum(dim=1, keepdim=True) + (weight * (1 - crack)).cumsum(dim=1)
    lost = wrong / union.clamp_min(_TINY)
    steps = torch.diff(lost, dim=1, prepend=torch.zeros_like(lost[:, :1]))
    return (errors * steps.to(errors.dtype)).sum(dim=1)
