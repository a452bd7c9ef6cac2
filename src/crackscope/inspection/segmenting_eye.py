"""Sees which pixels are crack; those that touch are one crack."""

from __future__ import annotations

from crackscope.engine.segmentation import Segmenter
from crackscope.imaging.arrays import RgbPixels
from crackscope.inspection.eye import Seen
from crackscope.measurement.regions import RegionAssembler


class SegmentingEye:
    """Looks with a segmentation model, strip by strip: memory does not grow with the photo's height.

    Parameters
    ----------
    segmenter : Segmenter
    threshold : float
        Crack where the probability is at least this.
    """

    def __init__(self, segmenter: Segmenter, threshold: float) -> None:
        self._segmenter = segmenter
        self._threshold = threshold

    @property
    def engine(self) -> str:
        """Name of the engine that computes."""
        return self._segmenter.engine

    def look(self, pixels: RgbPixels) -> Seen:
        """Give every connected group of crack pixels, uint8 (H, W, 3) RGB in."""
        height, width = pixels.shape[:2]
        assembler = RegionAssembler(height, width, self._threshold)
        for row0, strip in self._segmenter.strips(pixels):
            assembler.add(row0, strip)
        return Seen(regions=tuple(assembler.finish()))
