"""One mask of all cracks of a photo."""

from __future__ import annotations

import numpy as np

from crackscope.imaging.arrays import BoolMask
from crackscope.inspection.inspection import Inspection


def crack_mask(inspection: Inspection) -> BoolMask:
    """Draw the masks of all cracks into one.

    Parameters
    ----------
    inspection : Inspection

    Returns
    -------
    bool array, shape (H, W)
        Of the photo's size; True on crack pixels.
    """
    mask = np.zeros((inspection.photo.height_px, inspection.photo.width_px), np.bool_)
    for crack in inspection.cracks:
        box = crack.box
        place = mask[box.row : box.row + box.height, box.column : box.column + box.width]
        place |= crack.mask.decode_box(box)
    return mask
