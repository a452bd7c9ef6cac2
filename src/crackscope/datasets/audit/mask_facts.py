"""What can be seen of one mask, alone and on its picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.audit.fatness import Fatness, measure_fatness
from crackscope.datasets.audit.orientation import Fit, fit_orientation
from crackscope.datasets.mask_source import Values
from crackscope.imaging.arrays import BoolMask

SPECK_PX = 9
"""Components of a mask of at most this area are specks, if nothing larger is near."""
NEAR_PX = 8
PINHOLE_PX = 4
INVERTED_FROM = 0.5


@dataclass(frozen=True, slots=True)
class MaskFacts:
    """What was found on a mask.

    Parameters
    ----------
    height, width : int
        As its file says, upright.
    format, mode : str, optional
        The kind of file and how it stores pixels, in Pillow's words; None for a mask that is no picture file.
    values : str
        ``"binary"``: 0 and 255, or 0 and 1; ``"two"``: two others; ``"many"``.
    share : float
        Of white pixels.
    specks, pinholes : int
        Number of lone spots and of tiny holes, after an inverted mask was put right.
    inverted : bool
        Whether white must be the background.
    fit : Fit, optional
        How it lies on the picture; None where their shapes do not fit.
    fatness : Fatness, optional
        None where it cannot be told.
    """

    height: int
    width: int
    format: str | None
    mode: str | None
    values: Values
    share: float
    specks: int
    pinholes: int
    inverted: bool
    fit: Fit | None
    fatness: Fatness | None


def examine_mask(
    mask: BoolMask,
    grey: NDArray[np.uint8] | None,
    *,
    file_format: str | None = None,
    mode: str | None = None,
    values: Values = "binary",
) -> MaskFacts:
    """Look at a mask, and at the picture under it.

    Parameters
    ----------
    mask : bool array, shape (H, W)
    grey : uint8 array, optional
        The picture, upright; None where it cannot be read.
    file_format, mode, values
        As for `MaskFacts`.
    """
    share = float(mask.mean())
    inverted = share > INVERTED_FROM and _is_background(mask, grey)
    cracks = ~mask if inverted else mask
    specks, pinholes = count_noise(cracks)
    fit = fatness = None
    if grey is not None and sorted(mask.shape) == sorted(grey.shape):
        fit = fit_orientation(grey, cracks)
        if mask.shape == grey.shape and not fit.wrong:
            fatness = measure_fatness(grey, cracks)
    height, width = mask.shape
    return MaskFacts(
        height, width, file_format, mode, values, share, specks, pinholes, inverted, fit, fatness
    )


def count_noise(mask: BoolMask) -> tuple[int, int]:
    """Count specks, tiny components with nothing larger near, and pinholes, tiny holes in cracks."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    if width == 0:
        return 0, 0
    top, left = max(0, y - 1), max(0, x - 1)  # the background around it is one piece, and no hole
    mask = mask[top : y + height + 1, left : x + width + 1]
    specks = specks_of(mask)
    holes, _, stats, _ = cv2.connectedComponentsWithStats((~mask).view(np.uint8), connectivity=4)
    pinholes = int(np.count_nonzero(stats[1:holes, cv2.CC_STAT_AREA] <= PINHOLE_PX))
    return len(specks), pinholes


def specks_of(mask: BoolMask, *, most_px: int = SPECK_PX) -> list[tuple[slice, slice]]:
    """List the boxes of a mask's specks: components of up to `most_px` px with nothing larger near."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    small = np.flatnonzero(areas <= most_px)
    small = small[small > 0]
    if small.size == 0:
        return []
    large = (areas > most_px) & (np.arange(count) > 0)
    away = cv2.distanceTransform((~large[labels]).astype(np.uint8), cv2.DIST_L2, 3) if large.any() else None
    boxes = []
    for label in small.tolist():
        x, y, width, height = stats[label, :4].tolist()
        box = (slice(y, y + height), slice(x, x + width))
        if away is None or float(away[box].min()) > NEAR_PX:
            boxes.append(box)
    return boxes


def _is_background(mask: BoolMask, grey: NDArray[np.uint8] | None) -> bool:
    """Whether the white part of a mask that is mostly white is the brighter, undamaged surface."""
    black = ~mask
    if not black.any() or grey is None or grey.shape != mask.shape:
        return True
    return float(np.median(grey[black])) < float(np.median(grey[mask]))
