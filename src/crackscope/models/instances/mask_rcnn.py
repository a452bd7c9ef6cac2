"""Mask R-CNN for cracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision.ops import nms

from crackscope.models.instances.anchor_fit import AnchorShapes
from crackscope.models.instances.anchors import Anchors
from crackscope.models.instances.bodies import Body
from crackscope.models.instances.boxes import (
    BOX_WEIGHTS,
    PROPOSAL_WEIGHTS,
    clip,
    decode,
    encode,
    picture_size,
)
from crackscope.models.instances.heads import BOX_CELLS, BoxHead, MaskHead, ProposalHead
from crackscope.models.instances.losses import (
    box_loss,
    decision_loss,
    mask_dice_loss,
    mask_loss,
    true_masks,
)
from crackscope.models.instances.pyramid import Pyramid
from crackscope.models.instances.regions import RegionPool
from crackscope.models.instances.targets import CRACK, match, sample

MOST_CANDIDATES = 1000
"""Anchors of a picture, of all levels together, that may become proposals."""
PROPOSALS_OVERLAP = 0.7
PROPOSALS_IN_TRAINING = 300
ANCHORS_THAT_TEACH = 256
PROPOSALS_THAT_TEACH = 64
"""Per picture; a quarter of them cracks. Each crack costs a mask, which is most of a step's time."""
CRACKS_AMONG_PROPOSALS = 0.25


@dataclass(frozen=True, slots=True)
class Limits:
    """How many boxes are looked at, and which are given.

    Parameters
    ----------
    proposals : int
        Boxes of a picture that the second stage looks at; more in training, where they are poor at first.
    most_cracks : int
        Boxes of a picture that are given.
    least_score : float
        Boxes with a lower score are not given.
    overlap : float
        Of two boxes with a larger IoU, the one with the higher score is given.
    """

    proposals: int = 100
    most_cracks: int = 50
    least_score: float = 0.05
    overlap: float = 0.5


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


class Backbone(nn.Module):
    """An encoder and the pyramid over it."""

    def __init__(self, body: Body, channels: int) -> None:
        super().__init__()
        self.body = body
        self.pyramid = Pyramid(body.channels, channels)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Normalised float32 (N, 3, H, W) → levels at strides 4 to 128."""
        levels: list[Tensor] = self.pyramid(self.body(x))
        return levels


class MaskRcnn(nn.Module):
    """Find cracks one by one: a box, a score and a mask for each.

    Parameters
    ----------
    body : Body
    channels : int
        Of the pyramid and of what looks at it.
    box_features : int
        Of the hidden layers that judge a box.
    mask_channels, mask_layers : int
        Of the layers that draw a mask.
    mask_px : int
        Side of a mask: 28, 56 or 112.
    anchors : AnchorShapes
    fits_anchors : bool
        Training chooses the anchors' shapes by the cracks it learns from.
    limits : Limits

    Notes
    -----
    He et al. 2017, "Mask R-CNN", with one class. Input normalised float32 (N, 3, H, W), H and W multiples of
    32, at native resolution: nothing is resized.
    """

    stride = 32
    encoder_parts = ("backbone.body",)

    def __init__(
        self,
        body: Body,
        *,
        channels: int,
        box_features: int,
        mask_channels: int,
        mask_layers: int,
        mask_px: int,
        anchors: AnchorShapes,
        fits_anchors: bool,
        limits: Limits,
    ) -> None:
        super().__init__()
        self.backbone = Backbone(body, channels)
        self.anchors = Anchors(anchors)
        self.fits_anchors = fits_anchors
        self.proposal_head = ProposalHead(channels, self.anchors.per_cell)
        self.box_pool = RegionPool(BOX_CELLS)
        self.box_head = BoxHead(channels, box_features)
        self.mask_head = MaskHead(channels, mask_channels, layers=mask_layers, mask_px=mask_px)
        self.mask_pool = RegionPool(self.mask_head.cells)
        self.mask_px = mask_px
        self.limits = limits

    def forward(self, photo: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Find the cracks of one picture.

        Parameters
        ----------
        photo : normalised float32 tensor, shape (1, 3, H, W)

        Returns
        -------
        boxes : float32 tensor, shape (n, 4)
            x0, y0, x1, y1 in px, where a pixel reaches from its number to the next.
        scores : float32 tensor, shape (n,)
            0…1, highest first.
        masks : float32 tensor, shape (n, 1, M, M)
            Probability of crack in each cell of the box.
        """
        size = picture_size(photo)
        levels = self.backbone(photo)
        logits, deltas = self.proposal_head(levels)
        proposals = self._propose(logits[0], deltas[0], self.anchors(levels), size)
        scores, shifts = self.box_head(self.box_pool(levels, [proposals]))
        boxes = clip(decode(shifts, proposals, weights=BOX_WEIGHTS), *size)
        boxes, scores = self._best(boxes, torch.sigmoid(scores))
        masks = torch.sigmoid(self.mask_head(self.mask_pool(levels, [boxes])))
        return boxes, scores, masks

    def losses(self, photos: Tensor, truth: Truth) -> dict[str, Tensor]:
        """Compute the losses of a batch.

        Parameters
        ----------
        photos : normalised float32 tensor, shape (N, 3, H, W)
        truth : Truth

        Returns
        -------
        dict of float32 tensors, shape ()
            ``objectness``, ``proposal-box``, ``class``, ``box``, ``mask`` and ``mask-dice``.
        """
        levels = self.backbone(photos)
        logits, deltas = self.proposal_head(levels)
        anchors, size = self.anchors(levels), picture_size(photos)
        found = self._first_stage(logits, deltas, anchors, truth)
        proposals = [
            torch.cat([self._propose(own.detach(), by.detach(), anchors, size), boxes])
            for own, by, boxes in zip(logits, deltas, truth.boxes, strict=True)
        ]
        return found | self._second_stage(levels, proposals, truth)

    def _propose(
        self, logits: Tensor, deltas: Tensor, anchors: Tensor, size: tuple[Tensor, Tensor]
    ) -> Tensor:
        """Choose the boxes of one picture that the second stage looks at."""
        best, at = logits.topk(_at_most(MOST_CANDIDATES, logits))
        boxes = clip(decode(deltas[at], anchors[at], weights=PROPOSAL_WEIGHTS), *size)
        most = PROPOSALS_IN_TRAINING if self.training else self.limits.proposals
        return boxes[nms(boxes, best, PROPOSALS_OVERLAP)[:most]]

    def _best(self, boxes: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
        sure = torch.where(scores >= self.limits.least_score)[0]
        boxes, scores = boxes[sure], scores[sure]
        kept = nms(boxes, scores, self.limits.overlap)[: self.limits.most_cracks]
        return boxes[kept], scores[kept]

    def _first_stage(
        self, logits: Tensor, deltas: Tensor, anchors: Tensor, truth: Truth
    ) -> dict[str, Tensor]:
        decided, wanted, weight, moved, goal, moved_weight = _lists(6)
        for number, boxes in enumerate(truth.boxes):
            matches = match(anchors, boxes, high=0.7, low=0.3, each_truth=True)
            cracks, others = sample(matches.labels, most=ANCHORS_THAT_TEACH, crack_share=0.5)
            chosen = torch.cat([cracks, others])
            decided.append(logits[number][chosen])
            wanted.append((matches.labels[chosen] == CRACK).float())
            weight.append(truth.weight[number].expand(len(chosen)))
            moved.append(deltas[number][cracks])
            goal.append(encode(boxes[matches.crack[cracks]], anchors[cracks], weights=PROPOSAL_WEIGHTS))
            moved_weight.append(truth.weight[number].expand(len(cracks)))
        asked = torch.cat(decided)
        return {
            "objectness": decision_loss(asked, torch.cat(wanted), torch.cat(weight)),
            "proposal-box": box_loss(
                torch.cat(moved), torch.cat(goal), torch.cat(moved_weight), proposals=len(asked)
            ),
        }

    def _second_stage(
        self, levels: Sequence[Tensor], proposals: Sequence[Tensor], truth: Truth
    ) -> dict[str, Tensor]:
        chosen, of_cracks, crack, wanted, weight, goal, crack_weight, mask_weight = _lists(8)
        for number, (own, boxes) in enumerate(zip(proposals, truth.boxes, strict=True)):
            matches = match(own, boxes, high=0.5, low=0.5, each_truth=False)
            cracks, others = sample(
                matches.labels, most=PROPOSALS_THAT_TEACH, crack_share=CRACKS_AMONG_PROPOSALS
            )
            chosen.append(own[torch.cat([cracks, others])])
            of_cracks.append(own[cracks])
            crack.append(matches.crack[cracks])
            wanted.append(torch.cat([torch.ones_like(cracks), torch.zeros_like(others)]).float())
            weight.append(truth.weight[number].expand(len(cracks) + len(others)))
            goal.append(encode(boxes[matches.crack[cracks]], own[cracks], weights=BOX_WEIGHTS))
            crack_weight.append(truth.weight[number].expand(len(cracks)))
            mask_weight.append(truth.mask_weight[number].expand(len(cracks)))
        labels, of_each = torch.cat(wanted), torch.cat(crack_weight)
        scores, deltas = self.box_head(self.box_pool(levels, chosen))
        masks = self.mask_head(self.mask_pool(levels, of_cracks))
        goal_masks = true_masks(list(truth.instances), of_cracks, crack, mask_px=self.mask_px)
        return {
            "class": decision_loss(scores, labels, torch.cat(weight)),
            "box": box_loss(deltas[labels == 1], torch.cat(goal), of_each, proposals=len(labels)),
            "mask": mask_loss(masks, goal_masks, torch.cat(mask_weight)),
            "mask-dice": mask_dice_loss(masks, goal_masks, torch.cat(mask_weight)),
        }


def _at_most(most: int, values: Tensor) -> int:
    """Say how many of the values to take; as part of the graph while one is traced."""
    count = values.shape[0]
    if torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
        return torch.minimum(torch.as_tensor(count), torch.tensor(most))  # type: ignore[return-value]
    return min(most, count)


def _lists(count: int) -> list[list[Tensor]]:
    return [[] for _ in range(count)]
