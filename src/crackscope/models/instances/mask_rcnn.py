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
    covered_share,
    decode,
    grown,
    picture_size,
)
from crackscope.models.instances.connected import connected_boxes
from crackscope.models.instances.crack_map import CrackMap
from crackscope.models.instances.heads import (
    BOX_CELLS,
    LOOK_CELLS,
    LOOK_REACH,
    BoxHead,
    MaskHead,
    ProposalHead,
    facts_of,
)
from crackscope.models.instances.pyramid import Pyramid
from crackscope.models.instances.regions import SAMPLES, RegionPool, cut_out, numbered
from crackscope.models.instances.teaching import (
    Truth,
    box_losses,
    learn_boxes,
    mask_losses,
    pixel_losses,
    proposal_losses,
    wanted_masks,
    worth_of,
)

MOST_CANDIDATES = 1000
"""Anchors of a picture, of all levels together, that may become proposals."""
PROPOSALS_OVERLAP = 0.7
PROPOSALS_IN_TRAINING = 120
THRESHOLDS = (0.2, 0.5, 0.8, 0.93)
"""At which the map of crack pixels is taken apart into proposals."""
CONNECTED_PROPOSALS = 60
_LEAST_MASK = 1e-3
_MIRRORS = ((3,), (2,), (2, 3))
MOST_COVERED = 0.3
"""What the proposal head finds is looked at where no region of the map has more of it already."""
SURENESS_POWER = 8
"""How much a mask's sureness counts beside the learnt score: the best of 0, 2, 4 and 8 on validation pictures
of DeepCrack."""


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
        self.pyramid = Pyramid(body.channels[1:], channels)

    def forward(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Normalised float32 (N, 3, H, W) → levels at strides 4 to 128, features at strides 2 to 32."""
        features: list[Tensor] = self.body(x)
        levels: list[Tensor] = self.pyramid(features[1:])
        return levels, features


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
    map_channels, frozen_map
        See `CrackMap`.
    mirrors : int
        So many mirror images of a picture, 0 to 3, are looked at for the map of crack pixels as well, left to
        right, upside down, both; slower, and surer. Not in training.
    anchors : AnchorShapes
    fits_anchors : bool
        Training chooses the anchors' shapes by the cracks it learns from.
    limits : Limits

    Notes
    -----
    He et al. 2017, "Mask R-CNN", with one class, and a map of crack pixels that boxes and masks are drawn
    from (`CrackMap`): thin things are told apart from what lies about them pixel by pixel. What holds
    together in the map is proposed beside what the proposal head finds. Input normalised float32
    (N, 3, H, W), H and W multiples of 32, at native resolution: nothing is resized.
    """

    stride = 32
    encoder_parts = ("backbone.body",)
    decoder_parts = ("crack_map",)

    def __init__(
        self,
        body: Body,
        *,
        channels: int,
        box_features: int,
        mask_channels: int,
        mask_layers: int,
        mask_px: int,
        map_channels: int,
        frozen_map: bool,
        mirrors: int,
        anchors: AnchorShapes,
        fits_anchors: bool,
        limits: Limits,
    ) -> None:
        if not 0 <= mirrors <= len(_MIRRORS):
            raise ValueError(f"mirrors must be 0 to {len(_MIRRORS)}, not {mirrors}")
        super().__init__()
        self.backbone = Backbone(body, channels)
        self.crack_map = CrackMap(body.channels, map_channels, frozen=frozen_map)
        self.anchors = Anchors(anchors)
        self.fits_anchors = fits_anchors
        self.proposal_head = ProposalHead(channels, self.anchors.per_cell)
        self.box_pool = RegionPool(BOX_CELLS)
        self.box_head = BoxHead(channels, box_features)
        self.mask_head = MaskHead(channels, mask_channels, layers=mask_layers, mask_px=mask_px)
        self.mask_pool = RegionPool(self.mask_head.cells)
        self.mask_px = mask_px
        self.mirrors = mirrors
        self.limits = limits

    def forward(self, photo: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
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
            What each cell of the box adds to the logits of `pixels` there: together they are the crack's.
        pixels : float32 tensor, shape (1, 1, H, W)
            Logits of crack, of whichever.
        """
        size = picture_size(photo)
        levels, features = self.backbone(photo)
        pixels = self._look_mirrored(photo, self.crack_map(features))
        logits, deltas = self.proposal_head(levels)
        whole, sureness, vague = self._propose(pixels[0, 0], logits[0], deltas[0], self.anchors(levels), size)
        sureness = torch.cat([sureness, torch.zeros_like(vague[:, 0])])
        scores, shifts = self._judge(levels, pixels, [torch.cat([whole, vague])], sureness)
        moved = decode(shifts[whole.shape[0] :], vague, weights=BOX_WEIGHTS)
        boxes = clip(torch.cat([whole, moved]), *size)  # what is read off the map lies where it lies
        boxes, scores = self._best(boxes, torch.sigmoid(scores))
        masks, seen = self._draw(levels, pixels, [boxes])
        scores = _with_sureness(scores, torch.sigmoid(masks + seen))
        order = torch.argsort(scores, descending=True)
        return boxes[order], scores[order], masks[order], pixels

    def losses(self, photos: Tensor, truth: Truth) -> dict[str, Tensor]:
        """Compute the losses of a batch.

        Parameters
        ----------
        photos : normalised float32 tensor, shape (N, 3, H, W)
        truth : Truth

        Returns
        -------
        dict of float32 tensors, shape ()
            ``objectness``, ``proposal-box``, ``class``, ``box``, ``mask``, ``mask-dice``, ``pixel`` and
            ``pixel-dice``.
        """
        levels, features = self.backbone(photos)
        pixels = self.crack_map(features)
        logits, deltas = self.proposal_head(levels)
        anchors, size = self.anchors(levels), picture_size(photos)
        found = proposal_losses(logits, deltas, anchors, truth)
        proposals, sureness, lessons = [], [], []
        for seen, own, by, boxes in zip(
            pixels[:, 0].detach(), logits.detach(), deltas.detach(), truth.boxes, strict=True
        ):
            whole, sure, vague = self._propose(seen, own, by, anchors, size)
            vague = torch.cat([vague, boxes])
            proposals.append(torch.cat([whole, vague]))
            sureness.append(torch.cat([sure, torch.zeros_like(vague[:, 0])]))
            lessons.append(learn_boxes(proposals[-1], boxes, first=len(whole)))
        chosen = [own[lesson.chosen] for own, lesson in zip(proposals, lessons, strict=True)]
        sure = torch.cat([own[lesson.chosen] for own, lesson in zip(sureness, lessons, strict=True)])
        scores, shifts = self._judge(levels, pixels.detach(), chosen, sure)
        of_cracks = [own[lesson.cracks] for own, lesson in zip(proposals, lessons, strict=True)]
        masks = torch.add(*self._draw(levels, pixels.detach(), of_cracks))
        goal = wanted_masks(of_cracks, lessons, truth, mask_px=self.mask_px)
        worth = worth_of(masks.detach(), goal, of_cracks, lessons, truth)
        return (
            found
            | box_losses(scores, shifts, proposals, lessons, truth, worth=worth)
            | mask_losses(masks, goal, of_cracks, truth)
            | pixel_losses(pixels, truth)
        )

    def _judge(
        self, levels: list[Tensor], pixels: Tensor, proposals: list[Tensor], sureness: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Say whether proposals are cracks, and how their boxes are to be shifted."""
        about = [grown(own, LOOK_REACH) for own in proposals]
        seen = cut_out(torch.sigmoid(pixels), numbered(about), LOOK_CELLS, samples=SAMPLES)
        facts = facts_of(seen, torch.cat(proposals), sureness)
        logits, shifts = self.box_head(self.box_pool(levels, proposals), seen, facts)
        return logits, shifts

    def _draw(self, levels: list[Tensor], pixels: Tensor, boxes: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Say what the cells of boxes add to the logits of crack pixels, and what those are in them."""
        seen = cut_out(pixels, numbered(boxes), self.mask_px, samples=SAMPLES)
        return self.mask_head(self.mask_pool(levels, boxes)), seen

    def _look_mirrored(self, photo: Tensor, pixels: Tensor) -> Tensor:
        """Average the map of a picture with those of its mirror images."""
        for axes in _MIRRORS[: self.mirrors]:
            mirrored = self.crack_map(self.backbone.body(photo.flip(axes)))
            pixels = pixels + mirrored.flip(axes)
        return pixels / (1 + self.mirrors)

    def _propose(
        self,
        pixels: Tensor,
        logits: Tensor,
        deltas: Tensor,
        anchors: Tensor,
        size: tuple[Tensor, Tensor],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Choose the boxes of one picture that the second stage looks at.

        Returns
        -------
        whole : float32 tensor, shape (n, 4)
            About what holds together in the map of crack pixels.
        sureness : float32 tensor, shape (n,)
            Mean probability of those regions.
        vague : float32 tensor, shape (k, 4)
            What the proposal head finds where the map's regions leave something to find.
        """
        whole, sureness = connected_boxes(
            torch.sigmoid(pixels), thresholds=THRESHOLDS, most=CONNECTED_PROPOSALS
        )
        best, at = logits.topk(_at_most(MOST_CANDIDATES, logits))
        boxes = clip(decode(deltas[at], anchors[at], weights=PROPOSAL_WEIGHTS), *size)
        most = PROPOSALS_IN_TRAINING if self.training else self.limits.proposals
        vague = boxes[nms(boxes, best, PROPOSALS_OVERLAP)[:most]]
        return whole, sureness, vague[torch.where(covered_share(vague, whole) <= MOST_COVERED)[0]]

    def _best(self, boxes: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
        sure = torch.where(scores >= self.limits.least_score)[0]
        boxes, scores = boxes[sure], scores[sure]
        kept = nms(boxes, scores, self.limits.overlap)[: self.limits.most_cracks]
        return boxes[kept], scores[kept]


def _with_sureness(scores: Tensor, masks: Tensor) -> Tensor:
    """Join learnt scores (n,) with the mean probability of the masks' pixels, (n, 1, M, M), to 0…1.

    Wang et al. 2020, "SOLO: segmenting objects by locations", rank masks by such a mean, too; here each pixel
    weighs as it is sure to belong to the mask.
    """
    sureness = masks.square().sum(dim=(1, 2, 3)) / masks.sum(dim=(1, 2, 3)).clamp(min=_LEAST_MASK)
    joined: Tensor = (scores * sureness**SURENESS_POWER) ** (1 / (1 + SURENESS_POWER))
    return joined


def _at_most(most: int, values: Tensor) -> int:
    """Say how many of the values to take."""
    count: Any = values.shape[0]
    # While a graph is traced the count is a tensor, so that the graph takes pictures of every size.
    number: int = count.clamp(max=most) if isinstance(count, Tensor) else min(most, count)  # type: ignore[assignment]
    return number
