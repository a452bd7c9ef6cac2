"""Boxes to begin from that look like cracks' boxes: long and thin, lying and standing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from crackscope.imaging.arrays import FloatArray

LEVELS = 6
_MOST_BOXES = 2000
_FIRST_SIZES_PX = 8 * 2 ** np.arange(0, 3.01, 0.25)
_RATIOS = 2 ** np.arange(0.5, 4.01, 0.25)


@dataclass(frozen=True, slots=True)
class AnchorShapes:
    """The shapes of the boxes that a detector begins from.

    Parameters
    ----------
    sizes_px : tuple of float
        Root of the area, one for each level of the pyramid, from the finest on.
    ratios : tuple of float
        Height by width, the same on each level.
    """

    sizes_px: tuple[float, ...] = (12, 24, 48, 96, 192, 384)
    ratios: tuple[float, ...] = (1 / 6, 1 / 2.4, 1, 2.4, 6)

    def __post_init__(self) -> None:
        if len(self.sizes_px) != LEVELS or not self.ratios or min(*self.sizes_px, *self.ratios) <= 0:
            raise ValueError(f"anchors need {LEVELS} sizes and at least one ratio, all above 0")

    def heights_and_widths(self) -> FloatArray:
        """Return height and width in px, float64 (levels, ratios, 2)."""
        sizes, roots = np.array(self.sizes_px)[:, None], np.sqrt(np.array(self.ratios))
        return np.stack([sizes * roots, sizes / roots], axis=-1)


@dataclass(frozen=True, slots=True)
class AnchorCover:
    """How well shapes suit boxes, each box laid on the shape that suits it best, centre on centre.

    Parameters
    ----------
    mean_iou : float
    half_share : float
        Share of the boxes with an IoU of one half or more.
    """

    mean_iou: float
    half_share: float


def cover(shapes: AnchorShapes, boxes_hw: ArrayLike) -> AnchorCover:
    """Compare shapes with the boxes that have to be found.

    Parameters
    ----------
    shapes : AnchorShapes
    boxes_hw : float array, shape (N, 2)
        Heights and widths in px, N at least 1.

    Returns
    -------
    AnchorCover

    Examples
    --------
    >>> shapes = AnchorShapes(sizes_px=(10, 20, 40, 80, 160, 320), ratios=(1,))
    >>> cover(shapes, [[20, 20], [20, 10]])
    AnchorCover(mean_iou=0.75, half_share=1.0)
    """
    best = _best_iou(shapes, np.asarray(boxes_hw, np.float64))
    return AnchorCover(float(best.mean()), float((best >= 0.5).mean()))


def fit_anchors(boxes_hw: ArrayLike) -> AnchorShapes:
    """Choose the shapes that suit boxes best: highest mean IoU with the best shape.

    Sizes double from level to level, as the pyramid's strides do. A ratio stands with its inverse, for crops
    are turned by quarter turns. What remains are three numbers, searched on a grid.

    Parameters
    ----------
    boxes_hw : float array, shape (N, 2)
        Heights and widths in px; at most some thousands are looked at, evenly spread.

    Returns
    -------
    AnchorShapes
        The default where there is no box.

    References
    ----------
    Anchors from boxes: Redmon and Farhadi 2017, "YOLO9000: better, faster, stronger".
    """
    boxes = np.asarray(boxes_hw, np.float64).reshape(-1, 2)
    if len(boxes) == 0:
        return AnchorShapes()
    boxes = boxes[:: max(1, len(boxes) // _MOST_BOXES)]
    best: tuple[float, AnchorShapes] = (-1.0, AnchorShapes())
    for first_px in _FIRST_SIZES_PX:
        sizes_px = tuple(float(first_px) * 2**level for level in range(LEVELS))
        by_ratio = {1.0: _best_iou(AnchorShapes(sizes_px, (1.0,)), boxes)}
        for ratio in _RATIOS.tolist():
            by_ratio[ratio] = _best_iou(AnchorShapes(sizes_px, (1 / ratio, ratio)), boxes)
        for inner, outer in _pairs(_RATIOS.tolist()):
            mean = float(np.maximum.reduce([by_ratio[1.0], by_ratio[inner], by_ratio[outer]]).mean())
            if mean > best[0]:
                best = mean, AnchorShapes(sizes_px, (1 / outer, 1 / inner, 1.0, inner, outer))
    return best[1]


def _pairs(values: Sequence[float]) -> list[tuple[float, float]]:
    return [(low, high) for at, low in enumerate(values) for high in values[at + 1 :]]


def _best_iou(shapes: AnchorShapes, boxes: FloatArray) -> FloatArray:
    anchors = shapes.heights_and_widths().reshape(-1, 2)
    common = np.minimum(boxes[:, None], anchors).prod(axis=-1)
    either = boxes.prod(axis=-1)[:, None] + anchors.prod(axis=-1) - common
    return np.asarray((common / either).max(axis=1))
