"""The boxes that a detector begins from, laid over a picture."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from crackscope.models.instances.anchor_fit import LEVELS, AnchorShapes

STRIDES = (4, 8, 16, 32, 64, 128)
"""Of the pyramid's levels, in px."""


class Anchors(nn.Module):
    """A box of every shape about the middle of every cell of every level.

    Parameters
    ----------
    shapes : AnchorShapes
        Kept with the weights, so that a checkpoint knows them.
    """

    corners: Tensor

    def __init__(self, shapes: AnchorShapes) -> None:
        super().__init__()
        assert len(STRIDES) == LEVELS
        self.register_buffer("corners", torch.empty(0))
        self.set_shapes(shapes)

    @property
    def per_cell(self) -> int:
        """Boxes about each cell."""
        return int(self.corners.shape[1])

    def set_shapes(self, shapes: AnchorShapes) -> None:
        """Take other shapes, as many of them."""
        halves = torch.from_numpy(shapes.heights_and_widths()).flip(-1) / 2
        corners = torch.cat([-halves, halves], dim=-1)
        self.corners = corners.to(self.corners.device, torch.float32)

    def shapes(self) -> AnchorShapes:
        """Return the shapes."""
        widths, heights = (2 * self.corners[..., 2:].double()).unbind(-1)
        sizes, ratios = (heights * widths).sqrt()[:, 0], (heights / widths)[0]
        return AnchorShapes(tuple(sizes.tolist()), tuple(ratios.tolist()))

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Lay the boxes.

        Parameters
        ----------
        levels : sequence of tensors, shape (…, H', W')
            Any maps of the levels' sizes, from the finest on.

        Returns
        -------
        float32 tensor, shape (boxes, 4)
            x0, y0, x1, y1 in px; by level, row, column and shape.
        """
        return torch.cat([self._of_level(number, level) for number, level in enumerate(levels)])

    def _of_level(self, number: int, level: Tensor) -> Tensor:
        stride, corners = STRIDES[number], self.corners[number]
        y, x = torch.meshgrid(
            (torch.arange(level.shape[-2], device=corners.device) + 0.5) * stride,
            (torch.arange(level.shape[-1], device=corners.device) + 0.5) * stride,
            indexing="ij",
        )
        middles = torch.stack([x, y, x, y], dim=-1).reshape(-1, 1, 4)
        return (middles + corners).reshape(-1, 4)
