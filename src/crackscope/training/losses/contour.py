"""Boundary loss: how far from the true contour is what is wrong?"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from torch import Tensor

from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.training.losses.weighted_mean import weighted_mean

_HARD = 0.5
_TO_EDGE_PX = 0.5  # from a pixel's centre to the contour beside it


def boundary(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Mean of (p − t) times the signed distance to the true contour, in crop diagonals.

    Wrong reports cost by their distance from the crack, missed pixels by their depth in it: for stray reports
    far from any crack. Its slope is small and says little of thin cracks, so it stands beside a region loss
    (cross-entropy, Dice) with a small weight: from .01, as in the paper, up to some .5.

    Parameters
    ----------
    logits, truth, weight : float32 tensors, shape (N, 1, H, W)
        Soft truth is taken at .5.

    Returns
    -------
    float32 tensor, scalar
        0…1. The paper leaves out the t, which has no say in the slope; with it a perfect prediction costs
        nothing.

    References
    ----------
    Kervadec et al. (2019), "Boundary loss for highly unbalanced segmentation".
    """
    crack = truth >= _HARD
    distance = torch.from_numpy(_signed_distances(crack)).to(logits.device, logits.dtype)
    return weighted_mean(distance * (torch.sigmoid(logits) - crack.to(logits.dtype)), weight)


def signed_distance(mask: BoolMask) -> FloatArray:
    """Measure each pixel's distance to the contour, in diagonals of the crop, negative within the crack.

    Distances are those to the nearest pixel of the other kind less half a pixel: the contour runs between the
    pixels, so that those of the thinnest crack have a sign, too.

    Parameters
    ----------
    mask : bool array, shape (H, W)

    Returns
    -------
    float64 array, shape (H, W)
        −1…1; a contour that is not in the crop is out of its reach: 1 without crack, −1 where all is crack.
    """
    if not mask.any():
        return np.ones(mask.shape)
    if mask.all():
        return -np.ones(mask.shape)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance_px = np.where(mask, _TO_EDGE_PX - inside, outside - _TO_EDGE_PX)
    return np.asarray(distance_px / math.hypot(*mask.shape), np.float64)


def _signed_distances(crack: Tensor) -> FloatArray:
    masks = crack.detach().cpu().numpy()
    return np.stack([signed_distance(one[0]) for one in masks])[:, None]
