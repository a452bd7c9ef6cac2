"""clDice: do the centrelines of prediction and truth lie in each other?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

_SMOOTH = 1.0  # px; keeps an empty crop from dividing by zero


def cldice(logits: Tensor, truth: Tensor, weight: Tensor, *, iterations: float = 8) -> Tensor:
    """1 − soft F1 of the centrelines.

    Precision is the share of the predicted centreline within the true crack, recall the share of the true
    centreline within the predicted crack. A gap costs as much in a thin crack as in a wide one; edges cost
    nothing, so it needs cross-entropy or Dice beside it. Slower than the others by far.

    Parameters
    ----------
    logits, truth, weight : float32 tensors, shape (N, 1, H, W)
        With soft truth, min(p, t) stands for "within": p = t costs nothing.
    iterations : float
        The largest half width, in px, whose centreline is found.

    Returns
    -------
    float32 tensor, scalar
        0…1.

    References
    ----------
    Shit et al. (2021), "clDice — a novel topology-preserving loss function for tubular structure
    segmentation".
    """
    probability = torch.sigmoid(logits) * (weight > 0)
    predicted_line = soft_skeleton(probability, int(iterations))
    true_line = soft_skeleton(truth, int(iterations))
    within_truth = (weight * torch.minimum(predicted_line, truth)).sum()
    within_prediction = (weight * torch.minimum(true_line, probability)).sum()
    precision = (within_truth + _SMOOTH) / ((weight * predicted_line).sum() + _SMOOTH)
    recall = (within_prediction + _SMOOTH) / ((weight * true_line).sum() + _SMOOTH)
    return 1 - 2 * precision * recall / (precision + recall)


def soft_skeleton(image: Tensor, iterations: int) -> Tensor:
    """Thin an image of probabilities to its ridges, which nowhere exceed it.

    Parameters
    ----------
    image : float32 tensor, shape (N, 1, H, W)
        0…1.
    iterations : int
        Erosions, of one px each.

    Returns
    -------
    float32 tensor, shape (N, 1, H, W)
        0…1.
    """
    # Pictures side by side as channels, the channels last: pooling on a CPU is then ten times as fast.
    image = image.transpose(0, 1).contiguous(memory_format=torch.channels_last)
    eroded = _eroded(image)
    skeleton = F.relu(image - _dilated(eroded))
    for _ in range(iterations):
        image, eroded = eroded, _eroded(eroded)
        remainder = F.relu(image - _dilated(eroded))
        skeleton = skeleton + F.relu(remainder - skeleton * remainder)
    return skeleton.transpose(0, 1)


def _eroded(image: Tensor) -> Tensor:
    tall = -F.max_pool2d(-image, (3, 1), 1, (1, 0))
    wide = -F.max_pool2d(-image, (1, 3), 1, (0, 1))
    return torch.minimum(tall, wide)


def _dilated(image: Tensor) -> Tensor:
    return F.max_pool2d(image, 3, 1, 1)
