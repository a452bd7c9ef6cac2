"""Patches of pictures with masks, and what their masks say of them as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.box import Box
from crackscope.imaging.tiles import tile_grid


@dataclass(frozen=True, slots=True)
class LabelledPatch:
    """A rectangle of a picture; `cracked` is None where it shows too little of a crack to be either."""

    box: Box
    cracked: bool | None


def patch_label(mask: NDArray[np.generic], *, min_crack_px: int) -> bool | None:
    """Tell whether a patch is cracked.

    A patch that only touches a crack is neither: who looks at it alone could not say.

    Parameters
    ----------
    mask : bool or uint8 array, shape (H, W)
        Not 0 on crack pixels.
    min_crack_px : int
        Crack pixels of a cracked patch, at least 1.

    Returns
    -------
    bool or None
        False without any crack pixel; None for less than `min_crack_px`.

    Examples
    --------
    >>> corner = np.eye(4, dtype=bool)
    >>> [patch_label(corner, min_crack_px=n) for n in (4, 5)], patch_label(corner & False, min_crack_px=4)
    ([True, None], False)
    """
    crack_px = int(np.count_nonzero(mask))
    if crack_px == 0:
        return False
    return True if crack_px >= min_crack_px else None


def label_patches(mask: NDArray[np.generic], *, patch_px: int, min_crack_px: int) -> list[LabelledPatch]:
    """Cut a picture into patches that cover it, and label them by its mask.

    Parameters
    ----------
    mask : bool or uint8 array, shape (H, W)
    patch_px : int
        Side of the patches. A picture that is smaller gives smaller ones; where sides do not divide, patches
        overlap a little.
    min_crack_px : int
        See `patch_label`.

    Returns
    -------
    list of LabelledPatch
        Row by row.

    Examples
    --------
    >>> mask = np.zeros((4, 8), bool)
    >>> mask[1, 3:] = True
    >>> [(each.box.column, each.cracked) for each in label_patches(mask, patch_px=4, min_crack_px=2)]
    [(0, None), (4, True)]
    """
    height, width = mask.shape
    grid = tile_grid(height, width, tile_px=patch_px, overlap_px=0)
    return [
        LabelledPatch(box, patch_label(mask[box.slices], min_crack_px=min_crack_px))
        for row in grid.rows
        for box in row
    ]
