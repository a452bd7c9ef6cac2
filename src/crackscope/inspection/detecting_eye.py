"""Sees cracks one by one, each with a box, a score and a mask."""

from __future__ import annotations

from crackscope.engine.found_instance import FoundInstance
from crackscope.engine.instances import InstanceFinder
from crackscope.imaging.arrays import RgbPixels
from crackscope.inspection.eye import Seen
from crackscope.measurement.region import Region


class DetectingEye:
    """Looks with a detection model.

    A crack whose mask is in several pieces stays one crack: that the pieces belong together is what such a
    model says beyond a segmentation, and a thin crack often breaks where it is fainter than a mask's cell.

    Parameters
    ----------
    finder : InstanceFinder
    threshold : float
        Least score of a crack.
    """

    def __init__(self, finder: InstanceFinder, threshold: float) -> None:
        self._finder = finder
        self._threshold = threshold

    @property
    def engine(self) -> str:
        """Name of the engine that computes."""
        return self._finder.engine

    def look(self, pixels: RgbPixels) -> Seen:
        """Give a region per crack, surest first, uint8 (H, W, 3) RGB in; regions may share pixels."""
        found = self._finder.find(pixels, least_score=self._threshold)
        return Seen(regions=tuple(_region(each) for each in found))


def _region(found: FoundInstance) -> Region:
    # The model's own box is a guess beside the mask it drew; what is measured is the mask.
    box = found.mask.bounding_box()
    if box is None:
        raise ValueError("a crack that was found has no pixels")
    return Region(box, found.mask, found.mask.area, found.score, found.score)
