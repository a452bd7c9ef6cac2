"""Mask R-CNN for cracks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    picture_size,
)
from crackscope.models.instances.heads import BOX_CELLS, BoxHead, MaskHead, ProposalHead
from crackscope.models.instances.pyramid import Pyramid
from crackscope.models.instances.regions import RegionPool
from crackscope.models.instances.teaching import (
    Truth,
    box_losses,
    learn_boxes,
    mask_losses,
    proposal_losses,
)

MOST_CANDIDATES = 1000
"""Anchors of a picture, of all levels together, that may become proposals."""
PROPOSALS_OVERLAP = 0.7
PROPOSALS_IN_TRAINING = 300


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
        found = proposal_losses(logits, deltas, anchors, truth)
        proposals = [
            torch.cat([self._propose(own.detach(), by.detach(), anchors, size), boxes])
            for own, by, boxes in zip(logits, deltas, truth.boxes, strict=True)
        ]
        lessons = [learn_boxes(own, boxes) for own, boxes in zip(proposals, truth.boxes, strict=True)]
        chosen = [own[lesson.chosen] for own, lesson in zip(proposals, lessons, strict=True)]
        scores, shifts = self.box_head(self.box_pool(levels, chosen))
        of_cracks = [own[lesson.cracks] for own, lesson in zip(proposals, lessons, strict=True)]
        masks = self.mask_head(self.mask_pool(levels, of_cracks))
        return (
            found
            | box_losses(scores, shifts, proposals, lessons, truth)
            | mask_losses(masks, of_cracks, lessons, truth)
        )

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


def _at_most(most: int, values: Tensor) -> int:
    """Say how many of the values to take."""
    count: Any = values.shape[0]
    # While a graph is traced the count is a tensor, so that the graph takes pictures of every size.
    number: int = count.clamp(max=most) if isinstance(count, Tensor) else min(most, count)  # type: ignore[assignment]
    return number
