"""Mask R-CNN's five losses, and Dice of its masks, each picture with its own weight."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from crackscope.models.instances.regions import cut_out

_BETA = 1 / 9
"""Where the box losses pass from square to linear, in units of `boxes.encode`."""


def decision_loss(logits: Tensor, labels: Tensor, weight: Tensor) -> Tensor:
    """Mean cross entropy of crack or background, over the proposals that teach.

    Parameters
    ----------
    logits, labels, weight : float32 tensors, shape (K,)
        Labels are 1 or 0; each proposal weighs as its picture does.

    Returns
    -------
    float32 tensor, shape ()
        0 where there is no proposal.
    """
    each = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return (each * weight).sum() / max(1, len(logits))


def box_loss(deltas: Tensor, wanted: Tensor, weight: Tensor, *, proposals: int) -> Tensor:
    """Smooth distance of boxes from the true ones, over the proposals of cracks.

    Parameters
    ----------
    deltas, wanted : float32 tensors, shape (K, 4)
    weight : float32 tensor, shape (K,)
    proposals : int
        All that teach, background as well: so a picture with many cracks counts more.

    Returns
    -------
    float32 tensor, shape ()

    References
    ----------
    Girshick 2015, "Fast R-CNN".
    """
    each = F.smooth_l1_loss(deltas, wanted, beta=_BETA, reduction="none").sum(dim=1)
    return (each * weight).sum() / max(1, proposals)


def mask_loss(logits: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Mean cross entropy of the masks' pixels, over the proposals of cracks.

    Parameters
    ----------
    logits : float32 tensor, shape (K, 1, M, M)
    wanted : float32 tensor, shape (K, M, M)
        The share of each cell that is crack, 0…1.
    weight : float32 tensor, shape (K,)

    Returns
    -------
    float32 tensor, shape ()
        0 where there is no proposal.
    """
    each = F.binary_cross_entropy_with_logits(logits[:, 0], wanted, reduction="none").mean(dim=(1, 2))
    return (each * weight).sum() / max(1, len(logits))


def mask_dice_loss(logits: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Mean of one minus the overlap of masks with the true ones: thin cracks weigh as much as wide ones.

    Parameters
    ----------
    logits, wanted, weight
        As for `mask_loss`.

    Returns
    -------
    float32 tensor, shape ()
        0 where there is no proposal.

    References
    ----------
    Wang et al. 2023, "Dice semimetric losses: optimizing the Dice score with soft labels": least where the
    probabilities are the shares, which the plain form is not.
    """
    found = torch.sigmoid(logits[:, 0])
    common = torch.minimum(found, wanted).sum(dim=(1, 2))
    each = 1 - (2 * common + 1) / ((found + wanted).sum(dim=(1, 2)) + 1)
    return (each * weight).sum() / max(1, len(logits))


def mask_iou(logits: Tensor, wanted: Tensor, boxes: Tensor, area_px: Tensor) -> Tensor:
    """Divide what masks and true cracks share by what they cover together.

    Parameters
    ----------
    logits : float32 tensor, shape (K, 1, M, M)
    wanted : float32 tensor, shape (K, M, M)
        The share of each cell of the box that is the crack.
    boxes : float32 tensor, shape (K, 4)
        x0, y0, x1, y1 in px.
    area_px : float32 tensor, shape (K,)
        Of the whole cracks; what of them lies outside of the box was missed.

    Returns
    -------
    float32 tensor, shape (K,)
    """
    found = (logits[:, 0] > 0).float()
    cell_px = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1) / wanted[0].numel() if len(boxes) else area_px
    shared = torch.minimum(found, wanted).sum(dim=(1, 2)) * cell_px
    together = found.sum(dim=(1, 2)) * cell_px + area_px - shared
    return (shared / together.clamp(min=1)).clamp(max=1)


def true_masks(
    instances: Sequence[Tensor], boxes: Sequence[Tensor], crack: Sequence[Tensor], *, mask_px: int
) -> Tensor:
    """Cut the true masks out along boxes.

    Parameters
    ----------
    instances : sequence of uint8 tensors, shape (H, W)
        For each picture, the number of the crack that a pixel belongs to, from 1 on.
    boxes : sequence of float32 tensors, shape (K, 4)
        For each picture.
    crack : sequence of int64 tensors, shape (K,)
        The crack that each box is to show, counted from 0.
    mask_px : int
        Side of a mask.

    Returns
    -------
    float32 tensor, shape (all boxes, mask_px, mask_px)
        The share of each cell that is crack.
    """
    cut = [torch.zeros((0, mask_px, mask_px), device=boxes[0].device)]
    for own, picture, numbers in zip(boxes, instances, crack, strict=True):
        wanted = torch.unique(numbers)
        if len(wanted) == 0:
            continue
        masks = (picture == (wanted + 1).view(-1, 1, 1)).float()[:, None]
        at = torch.searchsorted(wanted, numbers).to(own)[:, None]
        rois = torch.cat([at, own], dim=1)
        cut.append(cut_out(masks, rois, mask_px)[:, 0])
    return torch.cat(cut)
