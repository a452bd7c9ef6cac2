"""Boxes as corners, and as what a network predicts: shifts and stretches of other boxes."""

from __future__ import annotations

import math

import torch
from torch import Tensor

Weights = tuple[float, float]
"""By which shifts and stretches are multiplied, so that a network's numbers are of about one size."""

PROPOSAL_WEIGHTS: Weights = (1.0, 1.0)
BOX_WEIGHTS: Weights = (10.0, 5.0)
"""Of Ren et al. 2015, "Faster R-CNN": the inverse of the usual spread around good proposals."""

_LEAST_AREA_PX = 1e-3
_LARGEST_STRETCH = math.log(1000 / 16)


def encode(boxes: Tensor, anchors: Tensor, *, weights: Weights) -> Tensor:
    """Say how far boxes lie from anchors, and how much larger they are.

    Parameters
    ----------
    boxes, anchors : float32 tensors, shape (N, 4)
        x0, y0, x1, y1 in px, of positive size.
    weights : pair of floats

    Returns
    -------
    float32 tensor, shape (N, 4)
        Shifts along x and y by the anchor's size, logarithms of the stretches along x and y.

    References
    ----------
    Girshick et al. 2014, "Rich feature hierarchies for accurate object detection", appendix C.
    """
    sizes, anchor_sizes = boxes[:, 2:] - boxes[:, :2], anchors[:, 2:] - anchors[:, :2]
    shifts = (boxes[:, :2] + boxes[:, 2:] - anchors[:, :2] - anchors[:, 2:]) / (2 * anchor_sizes)
    return torch.cat([shifts * weights[0], torch.log(sizes / anchor_sizes) * weights[1]], dim=1)


def decode(deltas: Tensor, anchors: Tensor, *, weights: Weights) -> Tensor:
    """Move and stretch anchors; undoes `encode`.

    Parameters
    ----------
    deltas, anchors : float32 tensors, shape (N, 4)
    weights : pair of floats

    Returns
    -------
    float32 tensor, shape (N, 4)
        x0, y0, x1, y1 in px.
    """
    anchor_sizes = anchors[:, 2:] - anchors[:, :2]
    centres = (anchors[:, :2] + anchors[:, 2:]) / 2 + deltas[:, :2] / weights[0] * anchor_sizes
    halves = torch.exp((deltas[:, 2:] / weights[1]).clamp(max=_LARGEST_STRETCH)) * anchor_sizes / 2
    return torch.cat([centres - halves, centres + halves], dim=1)


def paired_iou(boxes: Tensor, others: Tensor) -> Tensor:
    """Divide what each box and its counterpart share by what they cover together.

    Parameters
    ----------
    boxes, others : float32 tensors, shape (N, 4)
        x0, y0, x1, y1 in px.

    Returns
    -------
    float32 tensor, shape (N,)
    """
    shared = _shared_area(boxes, others)
    return shared / (_area(boxes) + _area(others) - shared)


def covered_share(boxes: Tensor, others: Tensor) -> Tensor:
    """Say how much of each box the one of the others covers that covers most of it.

    Parameters
    ----------
    boxes : float32 tensor, shape (N, 4)
        x0, y0, x1, y1 in px.
    others : float32 tensor, shape (K, 4)

    Returns
    -------
    float32 tensor, shape (N,)
        0…1; 0 where there are no others.
    """
    others = torch.cat([others, torch.zeros((1, 4), device=boxes.device)])  # so that there is one
    return _shared_area(boxes[:, None], others[None]).amax(dim=1) / _area(boxes).clamp(min=_LEAST_AREA_PX)


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).prod(dim=-1)


def _shared_area(boxes: Tensor, others: Tensor) -> Tensor:
    """Boxes (…, 4) and (…, 4), broadcast against each other → (…)."""
    common = torch.minimum(boxes[..., 2:], others[..., 2:]) - torch.maximum(boxes[..., :2], others[..., :2])
    return common.clamp(min=0).prod(dim=-1)


def grown(boxes: Tensor, factor: float) -> Tensor:
    """Grow boxes about their middles, float32 (K, 4) → (K, 4)."""
    corner, other = boxes[:, :2], boxes[:, 2:]
    more = (other - corner) * ((factor - 1) / 2)
    return torch.cat([corner - more, other + more], dim=1)


def clip(boxes: Tensor, height: Tensor, width: Tensor) -> Tensor:
    """Cut boxes off at a picture's edges.

    Parameters
    ----------
    boxes : float32 tensor, shape (N, 4)
    height, width : float32 tensors, shape ()
        Of the picture, in px; tensors, so that an exported graph takes pictures of every size.

    Returns
    -------
    float32 tensor, shape (N, 4)
    """
    limits = torch.stack([width, height, width, height])
    return boxes.clamp(min=0).minimum(limits)


def picture_size(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Return height and width of pictures (…, H, W) as float32 tensors."""
    nothing = torch.zeros((), device=picture.device)
    return nothing + picture.shape[-2], nothing + picture.shape[-1]
