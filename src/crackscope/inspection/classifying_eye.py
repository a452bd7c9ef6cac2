"""Sees whether a photo shows a crack, not where."""

from __future__ import annotations

from crackscope.engine.classification import Classifier
from crackscope.imaging.arrays import RgbPixels
from crackscope.inspection.eye import Seen


class ClassifyingEye:
    """Looks with a classification model.

    Parameters
    ----------
    classifier : Classifier
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    @property
    def engine(self) -> str:
        """Name of the engine that computes."""
        return self._classifier.engine

    def look(self, pixels: RgbPixels) -> Seen:
        """Give the probability that there is a crack, uint8 (H, W, 3) RGB in."""
        return Seen(probability=self._classifier.probability(pixels))
