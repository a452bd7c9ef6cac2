"""Cut features out along boxes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torchvision  # noqa: F401  registers its operations
from torch import Tensor, nn

from crackscope.models.instances.anchors import STRIDES

POOLED_LEVELS = 4
SAMPLES = 2
"""Along each side of a cell."""
_LEAST_AREA = 1e-4


class RegionPool(nn.Module):
    """Features in each box as a square of cells, from the level that suits the box's size.

    The level is the coarsest whose cells are no larger than the samples lie apart. With 7 cells a side this
    is the rule of Lin et al. 2017 ("Feature pyramid networks for object detection"); with more, a box is cut
    out of a finer level, as a mask has to be.

    Parameters
    ----------
    side : int
        Cells along each side.

    Notes
    -----
    He et al. 2017, "Mask R-CNN", section 3: RoIAlign; with the half pixel that its first versions lacked, for
    half a pixel is much of a crack's width.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, levels: Sequence[Tensor], boxes: Sequence[Tensor]) -> Tensor:
        """Cut.

        Parameters
        ----------
        levels : sequence of float32 tensors, shape (N, C, H', W')
            The pyramid, finest first.
        boxes : sequence of N float32 tensors, shape (boxes, 4)
            x0, y0, x1, y1 in px.

        Returns
        -------
        float32 tensor, shape (all boxes, C, side, side)
        """
        rois = numbered(boxes)
        level = self._level_of(rois[:, 1:])
        chosen = [torch.where(level == number)[0] for number in range(POOLED_LEVELS)]
        cut = [
            cut_out(levels[number].float(), rois[own], self.side, stride=STRIDES[number], samples=SAMPLES)
            for number, own in enumerate(chosen)
        ]
        return torch.cat(cut)[torch.argsort(torch.cat(chosen))]

    def _level_of(self, boxes: Tensor) -> Tensor:
        area = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).clamp(min=_LEAST_AREA)
        apart_px = area.sqrt() / (SAMPLES * self.side)
        return torch.floor(torch.log2(apart_px / STRIDES[0])).clamp(0, POOLED_LEVELS - 1)


def numbered(boxes: Sequence[Tensor]) -> Tensor:
    """Put the picture's number before each of its boxes: N tensors (boxes, 4) → (all boxes, 5)."""
    picture = [torch.full_like(own[:, :1], number) for number, own in enumerate(boxes)]
    return torch.cat([torch.cat(picture), torch.cat(list(boxes))], dim=1)


def cut_out(maps: Tensor, boxes: Tensor, side: int, *, stride: int = 1, samples: int = 0) -> Tensor:
    """Cut squares of cells out of maps.

    Parameters
    ----------
    maps : float32 tensor, shape (N, C, H, W)
    boxes : float32 tensor, shape (K, 5)
        Number of the map; x0, y0, x1, y1 in px of the picture.
    side : int
        Cells along each side.
    stride : int
        Of the maps.
    samples : int
        Along each side of a cell; 0 takes one for each px of the map, as far as a cell reaches.

    Returns
    -------
    float32 tensor, shape (K, C, side, side)

    Notes
    -----
    The operation itself: torchvision's function takes a detour of much memory on a graphics card where torch
    is told to be deterministic, be it only to warn.
    """
    cut: Tensor = torch.ops.torchvision.roi_align(maps, boxes, 1 / stride, side, side, samples, True)
    return cut
