"""What a detection network is taught with a batch: truth, the proposals that teach, and the losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from crackscope.models.instances.boxes import BOX_WEIGHTS, PROPOSAL_WEIGHTS, encode, paired_iou
from crackscope.models.instances.losses import (
    box_loss,
    decision_loss,
    mask_dice_loss,
    mask_iou,
    mask_loss,
    true_masks,
)
from crackscope.models.instances.targets import Lesson, match

ANCHORS_THAT_TEACH = 256
PROPOSALS_THAT_TEACH = 64
"""Per picture; a quarter of them cracks. Each crack costs a mask, which is most of a step's time."""
CRACKS_AMONG_ANCHORS = 0.5
CRACKS_AMONG_PROPOSALS = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The cracks of a batch.

    Parameters
    ----------
    instances : uint8 tensor, shape (N, H, W)
        The number of the crack that a pixel belongs to, from 1 on; 0 is background.
    boxes : sequence of N float32 tensors, shape (cracks, 4)
        x0, y0, x1, y1 in px; the first is the box of crack 1.
    weight, mask_weight : float32 tensors, shape (N,)
        Of each picture in the losses, and in that of the masks.
    """

    instances: Tensor
    boxes: Sequence[Tensor]
    weight: Tensor
    mask_weight: Tensor


def proposal_losses(logits: Tensor, deltas: Tensor, anchors: Tensor, truth: Truth) -> dict[str, Tensor]:
    """Compare what is said of every anchor with the truth.

    Parameters
    ----------
    logits : float32 tensor, shape (N, anchors)
    deltas : float32 tensor, shape (N, anchors, 4)
    anchors : float32 tensor, shape (anchors, 4)
    truth : Truth

    Returns
    -------
    dict of float32 tensors, shape ()
        ``objectness`` and ``proposal-box``.
    """
    lessons = [
        Lesson.of(
            match(anchors, boxes, high=0.7, low=0.3, each_truth=True),
            most=ANCHORS_THAT_TEACH,
            crack_share=CRACKS_AMONG_ANCHORS,
        )
        for boxes in truth.boxes
    ]
    asked = torch.cat([own[lesson.chosen] for own, lesson in zip(logits, lessons, strict=True)])
    moved = torch.cat([own[lesson.cracks] for own, lesson in zip(deltas, lessons, strict=True)])
    goal = torch.cat(
        [
            encode(boxes[lesson.crack], anchors[lesson.cracks], weights=PROPOSAL_WEIGHTS)
            for boxes, lesson in zip(truth.boxes, lessons, strict=True)
        ]
    )
    labels = torch.cat([lesson.labels for lesson in lessons])
    weight = _of_each(truth.weight, [lesson.chosen for lesson in lessons])
    of_cracks = _of_each(truth.weight, [lesson.cracks for lesson in lessons])
    return {
        "objectness": decision_loss(asked, labels, weight),
        "proposal-box": box_loss(moved, goal, of_cracks, proposals=len(asked)),
    }


def learn_boxes(proposals: Tensor, boxes: Tensor, *, first: int) -> Lesson:
    """Choose the proposals of a picture that teach the second stage.

    Parameters
    ----------
    proposals : float32 tensor, shape (P, 4)
    boxes : float32 tensor, shape (cracks, 4)
        The true ones.
    first : int
        So many of the proposals teach before others do.

    Returns
    -------
    Lesson
    """
    matches = match(proposals, boxes, high=0.5, low=0.5, each_truth=False)
    return Lesson.of(matches, most=PROPOSALS_THAT_TEACH, crack_share=CRACKS_AMONG_PROPOSALS, first=first)


def box_losses(
    scores: Tensor,
    deltas: Tensor,
    proposals: Sequence[Tensor],
    lessons: Sequence[Lesson],
    truth: Truth,
    *,
    worth: Tensor,
) -> dict[str, Tensor]:
    """Compare what is said of the chosen proposals with the truth.

    A proposal of a crack should score the IoU of its mask with the true one (Huang et al. 2019, "Mask scoring
    R-CNN"), or of its box where the set's masks are fat.

    Parameters
    ----------
    scores : float32 tensor, shape (chosen,)
    deltas : float32 tensor, shape (chosen, 4)
    proposals : sequence of N float32 tensors, shape (P, 4)
    lessons : sequence of N Lesson
    truth : Truth
    worth : float32 tensor, shape (cracks,)
        What the proposals of cracks should score, see `worth_of`.

    Returns
    -------
    dict of float32 tensors, shape ()
        ``class`` and ``box``.
    """
    labels = torch.cat([lesson.labels for lesson in lessons])
    goal = torch.cat(
        [
            encode(boxes[lesson.crack], own[lesson.cracks], weights=BOX_WEIGHTS)
            for own, boxes, lesson in zip(proposals, truth.boxes, lessons, strict=True)
        ]
    )
    weight = _of_each(truth.weight, [lesson.chosen for lesson in lessons])
    of_cracks = _of_each(truth.weight, [lesson.cracks for lesson in lessons])
    wanted = labels.clone()
    wanted[labels == 1] = worth
    return {
        "class": decision_loss(scores, wanted, weight),
        "box": box_loss(deltas[labels == 1], goal, of_cracks, proposals=len(labels)),
    }


def wanted_masks(boxes: Sequence[Tensor], lessons: Sequence[Lesson], truth: Truth, *, mask_px: int) -> Tensor:
    """Cut the true masks out along the proposals of cracks; see `true_masks`."""
    return true_masks(list(truth.instances), boxes, [lesson.crack for lesson in lessons], mask_px=mask_px)


def worth_of(
    masks: Tensor, goal: Tensor, boxes: Sequence[Tensor], lessons: Sequence[Lesson], truth: Truth
) -> Tensor:
    """Say what proposals of cracks are worth.

    Parameters
    ----------
    masks : float32 tensor, shape (cracks, 1, M, M)
        Logits of the masks in them.
    goal : float32 tensor, shape (cracks, M, M)
        As `wanted_masks` cuts it out.
    boxes : sequence of N float32 tensors, shape (K, 4)
        The proposals of cracks of each picture.
    lessons : sequence of N Lesson
    truth : Truth

    Returns
    -------
    float32 tensor, shape (cracks,)
        The IoU of the mask with the true one, or of the box where the set's masks are fat; 0…1.
    """
    area_px = torch.cat(
        [
            torch.bincount(own.flatten(), minlength=len(true) + 1)[1:][lesson.crack].float()
            for own, true, lesson in zip(truth.instances, truth.boxes, lessons, strict=True)
        ]
    )
    own = torch.cat(list(boxes))
    true = torch.cat([each[lesson.crack] for each, lesson in zip(truth.boxes, lessons, strict=True)])
    by_mask = mask_iou(masks, goal, own, area_px)
    return torch.where(_of_each(truth.mask_weight, boxes) > 0, by_mask, paired_iou(own, true))


def mask_losses(masks: Tensor, goal: Tensor, boxes: Sequence[Tensor], truth: Truth) -> dict[str, Tensor]:
    """Compare the masks of the proposals of cracks with the true ones, cut out along the same boxes.

    Parameters
    ----------
    masks : float32 tensor, shape (cracks, 1, M, M)
        Logits.
    goal : float32 tensor, shape (cracks, M, M)
        As `wanted_masks` cuts it out.
    boxes : sequence of N float32 tensors, shape (K, 4)
        The proposals of cracks of each picture.
    truth : Truth

    Returns
    -------
    dict of float32 tensors, shape ()
        ``mask`` and ``mask-dice``.
    """
    weight = _of_each(truth.mask_weight, boxes)
    return {"mask": mask_loss(masks, goal, weight), "mask-dice": mask_dice_loss(masks, goal, weight)}


def pixel_losses(pixels: Tensor, truth: Truth) -> dict[str, Tensor]:
    """Compare the map of crack pixels with the truth.

    Parameters
    ----------
    pixels : float32 tensor, shape (N, 1, H, W)
        Logits.
    truth : Truth

    Returns
    -------
    dict of float32 tensors, shape ()
        ``pixel`` and ``pixel-dice``.
    """
    goal = (truth.instances > 0).float()
    return {
        "pixel": mask_loss(pixels, goal, truth.mask_weight),
        "pixel-dice": mask_dice_loss(pixels, goal, truth.mask_weight),
    }


def _of_each(weight: Tensor, owned: Sequence[Tensor]) -> Tensor:
    """Repeat each picture's weight for everything that it owns."""
    return torch.cat([own.expand(len(things)) for own, things in zip(weight, owned, strict=True)])
