"""Losses that look at each pixel by itself: cross-entropy, weighted and focal.

All are least where the predicted probability equals the truth, also where that is soft.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from crackscope.training.losses.weighted_mean import weighted_mean

_LEAST_MISS = 1e-6  # below 1, the power's slope at 0 is infinite


def bce(logits: Tensor, truth: Tensor, weight: Tensor, *, positive: float = 1.0) -> Tensor:
    """Binary cross-entropy, −t·log p − (1−t)·log(1−p), the mean over weighted pixels.

    The one to begin with: smooth, and its probabilities are calibrated. Alone it finds thin cracks late.

    Parameters
    ----------
    logits, truth, weight : float32 tensors, shape (N, 1, H, W)
    positive : float
        Crack pixels count this many times. Above 1 more is found and more wrongly reported, and the
        probabilities are no longer calibrated.

    Returns
    -------
    float32 tensor, scalar
    """
    pixelwise = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return weighted_mean(pixelwise, weight * (1 + (positive - 1) * truth))


def weighted_bce(logits: Tensor, truth: Tensor, weight: Tensor, *, most: float = 20.0) -> Tensor:
    """Cross-entropy in which crack pixels count as many times as the inverse of their share in the batch.

    For sets whose cracks are so rare that plain cross-entropy stays at "no crack"; its best threshold lies
    well above .5.

    Parameters
    ----------
    logits, truth, weight : float32 tensors, shape (N, 1, H, W)
    most : float
        Crack pixels count no more than this many times, so that a few pixels do not rule a batch.

    Returns
    -------
    float32 tensor, scalar

    References
    ----------
    After Xie and Tu (2015), "Holistically-nested edge detection", where the weights follow each picture's
    shares.
    """
    share = weighted_mean(truth, weight).clamp_min(1 / most)
    pixelwise = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return weighted_mean(pixelwise, weight * (1 + (1 / share - 1) * truth))


def focal(logits: Tensor, truth: Tensor, weight: Tensor, *, gamma: float = 2.0, alpha: float = 0.5) -> Tensor:
    """Cross-entropy in which well-known pixels fade: 2·a·|t−p|^gamma · cross-entropy, a = alpha on cracks.

    For pictures of much plain background and hard, rare cracks. Its probabilities keep nearer to .5 than
    those of cross-entropy: calibrate before trusting them.

    Parameters
    ----------
    logits, truth, weight : float32 tensors, shape (N, 1, H, W)
    gamma : float
        How fast they fade; 0 is cross-entropy.
    alpha : float
        0…1: the crack pixels' part, .5 counts both kinds alike; background has 1 − alpha.

    Returns
    -------
    float32 tensor, scalar

    References
    ----------
    Lin et al. (2017), "Focal loss for dense object detection"; |t−p|, which for hard truth is their 1−p_t, as
    in Li et al. (2020), "Generalized focal loss": it keeps the loss least at p = t where truth is soft.
    """
    pixelwise = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    missed = (truth - torch.sigmoid(logits)).abs().clamp_min(_LEAST_MISS)
    balance = truth * alpha + (1 - truth) * (1 - alpha)
    return weighted_mean(2 * balance * missed**gamma * pixelwise, weight)
