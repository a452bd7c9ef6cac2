"""Boxes about what holds together in a map of crack pixels, with operations that model files know."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

LEAST_AREA_PX = 16
_ROUNDS = 6
_JUMPS = 6
_FAR_PX = 1e9


def connected_boxes(probability: Tensor, *, thresholds: Sequence[float], most: int) -> tuple[Tensor, Tensor]:
    """Draw boxes about the 8-connected regions of a map, cut at several thresholds.

    What is one crack at a low threshold falls apart at a higher one, and cracks that touch come apart: which
    of the boxes is right is for others to say.

    Parameters
    ----------
    probability : float32 tensor, shape (H, W)
    thresholds : sequence of floats
        A pixel belongs to a region from this probability on.
    most : int
        Boxes of all thresholds together: those of the regions with the largest sums of probabilities.

    Returns
    -------
    boxes : float32 tensor, shape (n, 4)
        x0, y0, x1, y1 in px, where a pixel reaches from its number to the next; regions of less than
        `LEAST_AREA_PX` have none.
    sureness : float32 tensor, shape (n,)
        Mean probability of the region's pixels.

    Notes
    -----
    Shiloach and Vishkin 1982, "An O(log n) parallel connectivity algorithm": pixels take the highest label of
    their neighbours, through their region's root. A fixed number of rounds suits a graph without loops; where
    it is not enough for a tangle, that has a box more.

    Examples
    --------
    >>> probability = torch.zeros(40, 40)
    >>> probability[10:14, 5:30] = 0.9
    >>> probability[10:14, 15:17] = 0.4
    >>> boxes, sureness = connected_boxes(probability, thresholds=[0.2, 0.5], most=9)
    >>> boxes.int().tolist()
    [[5, 10, 30, 14], [17, 10, 30, 14], [5, 10, 15, 14]]
    >>> [round(each, 2) for each in sureness.tolist()]
    [0.86, 0.9, 0.9]
    """
    padded = F.pad(probability[None], (1, 1, 1, 1))[0]
    planes = torch.stack([padded >= threshold for threshold in thresholds]).flatten()
    at = torch.where(planes)[0]
    wide = padded.shape[1]
    place = at % padded.numel()
    row, column = (place // wide - 1).float(), (place % wide - 1).float()
    label = _labels(planes, at, wide)
    value = padded.flatten()[place]
    nothing = torch.zeros(at.shape[0] + 1, device=value.device)
    area = nothing.scatter_add(0, label, torch.ones_like(value))
    mass = nothing.scatter_add(0, label, value)
    sides = [
        (nothing + _FAR_PX).scatter_reduce(0, label, column, "amin"),
        (nothing + _FAR_PX).scatter_reduce(0, label, row, "amin"),
        (nothing - _FAR_PX).scatter_reduce(0, label, column, "amax") + 1,
        (nothing - _FAR_PX).scatter_reduce(0, label, row, "amax") + 1,
    ]
    large = torch.where(area >= LEAST_AREA_PX)[0]
    chosen = large[torch.argsort(mass[large], descending=True)[:most]]
    return torch.stack([side[chosen] for side in sides], dim=1), mass[chosen] / area[chosen]


def _labels(planes: Tensor, at: Tensor, wide: Tensor | int) -> Tensor:
    """Give the pixels `at`, which are counted from 1 on, the number of one pixel of their region."""
    number = torch.cumsum(planes.long(), 0) * planes.long()
    steps = [row * wide + column for row in (-1, 0, 1) for column in (-1, 0, 1) if (row, column) != (0, 0)]
    neighbours = torch.stack([number[at + step] for step in steps])
    everyone = torch.arange(at.shape[0] + 1, device=at.device)
    label = everyone
    for _ in range(_ROUNDS):
        own = label[1:]
        highest = torch.maximum(own, label[neighbours].amax(dim=0))
        root = everyone.scatter_reduce(0, own, highest, "amax")
        for _ in range(_JUMPS):
            root = root[root]
        label = root[label]
    return label[1:]
