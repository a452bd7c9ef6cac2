"""Losses that compare the predicted and the true crack as wholes: Tversky, Dice, focal Tversky.

What both say of a pixel, min(p, t), is a hit; what either says beyond that is extra or lost. For hard truth
these are the products p·t, p·(1−t) and (1−p)·t of the papers on soft Dice and Tversky, to the last bit. With
products, soft truth draws predictions to 0 or 1; with these the losses are least, and 0, at p = t.

References
----------
Wang et al. (2023), "Dice semimetric losses: optimizing the Dice score with soft labels".
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

_SMOOTH = 1.0  # px; keeps an empty crop from dividing by zero
_LEAST_MISS = 1e-6  # a root's slope at 0 is infinite


def tversky(
    logits: Tensor, truth: Tensor, weight: Tensor, *, false_positive: float = 0.5, false_negative: float = 0.5
) -> Tensor:
    """Overlap over the whole batch with a price for each kind of error.

    1 − hits / (hits + false_positive · extra + false_negative · lost). To find more at the price of wrong
    reports, or the reverse; with .5 and .5 it is Dice, with 1 and 1 soft IoU.

    Parameters
    ----------
    logits, truth, weight : float32 tensors, shape (N, 1, H, W)
    false_positive, false_negative : float
        Prices of a pixel wrongly reported and of one missed.

    Returns
    -------
    float32 tensor, scalar
        0…1.

    References
    ----------
    Salehi et al. (2017), "Tversky loss function for image segmentation using 3D fully convolutional deep
    networks".
    """
    probability = torch.sigmoid(logits)
    hit = (weight * torch.minimum(probability, truth)).sum()
    extra = (weight * F.relu(probability - truth)).sum()
    lost = (weight * F.relu(truth - probability)).sum()
    return 1 - (hit + _SMOOTH) / (hit + false_positive * extra + false_negative * lost + _SMOOTH)


def dice(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """1 − soft F1 over the whole batch.

    The figure that segmentation is judged by, and blind to plain background; its slope is uneven early on and
    its probabilities are near 0 and 1, so it goes well with cross-entropy.

    Parameters
    ----------
    logits, truth, weight : float32 tensors, shape (N, 1, H, W)

    Returns
    -------
    float32 tensor, scalar
        0…1.

    References
    ----------
    Milletari et al. (2016), "V-Net: fully convolutional neural networks for volumetric medical image
    segmentation".
    """
    return tversky(logits, truth, weight)


def focal_tversky(
    logits: Tensor,
    truth: Tensor,
    weight: Tensor,
    *,
    false_positive: float = 0.3,
    false_negative: float = 0.7,
    gamma: float = 4 / 3,
) -> Tensor:
    """Tversky's loss to the power of 1 / gamma.

    For small, hard cracks: above 1, gamma makes the slope steeper the better the overlap is, so that learning
    goes on where Dice has come to rest.

    Parameters
    ----------
    logits, truth, weight : float32 tensors, shape (N, 1, H, W)
    false_positive, false_negative : float
        Prices of a pixel wrongly reported and of one missed.
    gamma : float
        1 is Tversky's loss; the paper takes 4/3.

    Returns
    -------
    float32 tensor, scalar
        0…1.

    References
    ----------
    Abraham and Khan (2019), "A novel focal Tversky loss function with improved attention U-Net for lesion
    segmentation".
    """
    missed = tversky(logits, truth, weight, false_positive=false_positive, false_negative=false_negative)
    return (missed + _LEAST_MISS).pow(1 / gamma) - math.pow(_LEAST_MISS, 1 / gamma)
