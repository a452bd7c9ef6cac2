"""How much wider is a mask than the dark line under it?"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask

AROUND_PX = 40
DARKEST_PERCENTILE = 95
PART_OF_DEPTH = 0.4
LEAST_PIXELS = 30
LEAST_CONTRAST = 2.5
LEAST_FACTOR = 2.0
LEAST_MARGIN_PX = 1.7


@dataclass(frozen=True, slots=True)
class Fatness:
    """Widths of a mask and of the line that can be seen under it.

    Parameters
    ----------
    mask_px : float
        Mean width of the mask.
    line_px : float
        Mean width of the dark line.
    contrast : float
        Depth of the line over the noise around it; below `LEAST_CONTRAST` its width cannot be told.
    """

    mask_px: float
    line_px: float
    contrast: float

    @property
    def factor(self) -> float:
        """Width of the mask over width of the line."""
        return self.mask_px / max(self.line_px, 1e-6)

    @property
    def margin_px(self) -> float:
        """How far the mask reaches beyond the line on either side."""
        return (self.mask_px - self.line_px) / 2

    @property
    def fat(self) -> bool:
        """Whether the mask is much wider than a line that is clearly seen."""
        return (
            self.contrast >= LEAST_CONTRAST
            and self.factor >= LEAST_FACTOR
            and self.margin_px >= LEAST_MARGIN_PX
        )


def measure_fatness(grey: NDArray[np.uint8], mask: BoolMask) -> Fatness | None:
    """Compare the widths of a mask and of the dark line under it.

    The background under the mask is interpolated from what is around it. Pixels count as line where they are
    darker than the background by at least `PART_OF_DEPTH` of the line's depth, which is taken from the
    darkest pixels under the mask.

    Parameters
    ----------
    grey : uint8 array, shape (H, W)
    mask : bool array, shape (H, W)

    Returns
    -------
    Fatness or None
        None where there is too little mask to tell.
    """
    box = _box(mask)
    if box is None or mask.all():
        return None
    inside, own = grey[box], mask[box]
    values = cv2.GaussianBlur(np.asarray(inside, np.float32), (0, 0), 1.0)
    depth_in = cv2.distanceTransform(own.astype(np.uint8), cv2.DIST_L2, 5)
    away = cv2.distanceTransform((~own).astype(np.uint8), cv2.DIST_L2, 3)
    mask_px = max(1.0, 4 * float(depth_in[own].mean()) - 2)
    side = int(np.clip(3 * mask_px, 21, 101)) | 1
    free = (away > 2).astype(np.float32)
    amount = cv2.blur(free, (side, side))
    depth = cv2.blur(values * free, (side, side)) / np.maximum(amount, 1e-4) - values
    known = own & (amount > 0.02)
    if np.count_nonzero(known) < LEAST_PIXELS:
        return None
    under = depth[known]
    darkest = float(np.percentile(under, DARKEST_PERCENTILE))
    if darkest <= 0:
        return Fatness(mask_px, mask_px, 0.0)
    around = depth[(away > 2) & (away < side) & (amount > 0.02)]
    noise = 1.4826 * float(np.median(np.abs(around - np.median(around)))) if around.size else 0.0
    share = float((under > PART_OF_DEPTH * darkest).mean())
    return Fatness(mask_px, mask_px * share, darkest / (noise + 1.0))


def _box(mask: BoolMask) -> tuple[slice, slice] | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    return (
        slice(max(0, int(rows[0]) - AROUND_PX), int(rows[-1]) + 1 + AROUND_PX),
        slice(max(0, int(columns[0]) - AROUND_PX), int(columns[-1]) + 1 + AROUND_PX),
    )
