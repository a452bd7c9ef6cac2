"""One crack's pixels, before they are measured."""

from __future__ import annotations

from dataclasses import dataclass

from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask


@dataclass(frozen=True, slots=True)
class Region:
    """The pixels of one crack and how sure the model was of them.

    They are 8-connected where a segmentation was taken apart; of a detection model, which says itself what is
    one crack, they may be in several pieces, and regions may share some.

    Parameters
    ----------
    box : Box
        The smallest box around the pixels, in the photo.
    mask : RunLengthMask
        Of the whole photo's size.
    area_px : int
        Number of pixels.
    mean_probability, peak_probability : float
        Over the region's pixels.
    """

    box: Box
    mask: RunLengthMask
    area_px: int
    mean_probability: float
    peak_probability: float
