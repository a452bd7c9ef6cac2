"""One crack that a model found by itself, apart from the others of the photo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.pasting import Corners, paste
from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask

MASK_FROM = 0.5
"""A pixel belongs to a crack from this probability on, where a model card says nothing else."""


@dataclass(frozen=True, slots=True)
class FoundInstance:
    """One crack.

    Parameters
    ----------
    score : float
        How sure the model is that it is one, 0…1.
    corners_px : 4 floats
        x0, y0, x1, y1 of the model's box.
    mask : RunLengthMask
        Of the whole photo's size, with at least one crack pixel.
    """

    score: float
    corners_px: Corners
    mask: RunLengthMask


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """What a detection network gives for one picture.

    Whether a pixel belongs to a crack is said coarsely by the cell of the crack's mask that it lies in, and
    finely by the map of crack pixels: its logit is the sum of both.

    Parameters
    ----------
    boxes : float32 array, shape (n, 4)
        x0, y0, x1, y1 in px.
    scores : float32 array, shape (n,)
    masks : float32 array, shape (n, 1, M, M)
        Logits, for each cell of the box.
    pixels : float32 array, shape (1, 1, H, W)
        Logits of crack, of whichever; H and W with the padding.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    masks: NDArray[np.float32]
    pixels: NDArray[np.float32]

    def corners_of(self, number: int) -> Corners:
        """Return the corners of one crack's box."""
        x0, y0, x1, y1 = (float(each) for each in self.boxes[number])
        return x0, y0, x1, y1

    def logits_of(self, number: int, *, height: int, width: int) -> tuple[Box, NDArray[np.float32]] | None:
        """Draw one crack.

        Parameters
        ----------
        number : int
            Which of the cracks.
        height, width : int
            Of the picture, in px; what lies beyond was padding.

        Returns
        -------
        pair or None
            The box's pixels and their logits, float32 (box.height, box.width); None if it has no pixel.
        """
        added = paste(self.masks[number, 0], self.corners_of(number), height=height, width=width)
        if added is None:
            return None
        at, logits = added
        return at, logits + self.pixels[0, 0][at.slices]


@dataclass(frozen=True, slots=True, eq=False)
class CrackPixels:
    """The pixels of one detection, in a picture.

    Parameters
    ----------
    score : float
    corners_px : 4 floats
    rows, columns : int32 arrays, shape (pixels,)
    """

    score: float
    corners_px: Corners
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]

    def moved(self, *, rows: int, columns: int) -> CrackPixels:
        """Shift down and to the right, in px: from a tile to its photo."""
        x0, y0, x1, y1 = self.corners_px
        corners = (x0 + columns, y0 + rows, x1 + columns, y1 + rows)
        return CrackPixels(self.score, corners, self.rows + np.int32(rows), self.columns + np.int32(columns))

    def whole(self, *, height: int, width: int) -> FoundInstance:
        """Write the pixels down as a mask of a picture of this size."""
        mask = RunLengthMask.from_pixels(self.rows, self.columns, height=height, width=width)
        return FoundInstance(self.score, self.corners_px, mask)


def crack_pixels(
    detections: Detections,
    *,
    height: int,
    width: int,
    least_score: float = 0.0,
    mask_from: float = MASK_FROM,
) -> list[CrackPixels]:
    """Lay the masks of detections into their picture.

    Parameters
    ----------
    detections : Detections
    height, width : int
        Of the picture, in px; what lies beyond was padding.
    least_score : float
        Leave detections with a lower score out.
    mask_from : float
        A pixel belongs to a crack from this probability on.

    Returns
    -------
    list of CrackPixels
        In the detections' order; those without a crack pixel are left out.
    """
    least_logit = _logit(mask_from)
    found = []
    for number in np.flatnonzero(detections.scores >= least_score).tolist():
        drawn = detections.logits_of(number, height=height, width=width)
        if drawn is None:
            continue
        at, logits = drawn
        rows, columns = np.nonzero(logits >= least_logit)
        if rows.size:
            x0, y0, x1, y1 = detections.corners_of(number)
            found.append(
                CrackPixels(
                    float(detections.scores[number]),
                    (x0, y0, min(x1, float(width)), min(y1, float(height))),
                    (rows + at.row).astype(np.int32),
                    (columns + at.column).astype(np.int32),
                )
            )
    return found


def _logit(probability: float) -> float:
    if not 0 < probability < 1:
        return math.inf if probability > 0 else -math.inf
    return math.log(probability) - math.log1p(-probability)


def whole_instances(found: Sequence[CrackPixels], *, height: int, width: int) -> tuple[FoundInstance, ...]:
    """Write detections down as masks, surest first."""
    instances = [each.whole(height=height, width=width) for each in found]
    return tuple(sorted(instances, key=lambda each: -each.score))
