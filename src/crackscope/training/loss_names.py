"""Names of the losses that recipes may name, by task; no PyTorch here: a recipe is checked at once."""

from __future__ import annotations

from typing import Final

SEGMENTATION_LOSSES: Final = (
    "bce",
    "boundary",
    "cldice",
    "dice",
    "focal",
    "focal-tversky",
    "lovasz",
    "tversky",
    "weighted-bce",
)
CLASSIFICATION_LOSSES: Final = ("bce", "focal")
DETECTION_LOSSES: Final = (
    "objectness",
    "proposal-box",
    "class",
    "box",
    "mask",
    "mask-dice",
    "pixel",
    "pixel-dice",
)
"""Mask R-CNN's own five, Dice of the masks, for cracks are thin, and two of the map of crack pixels."""
KNOWN_LOSSES: Final = {
    "segment": SEGMENTATION_LOSSES,
    "classify": CLASSIFICATION_LOSSES,
    "detect": DETECTION_LOSSES,
}
