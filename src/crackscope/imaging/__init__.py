"""Photos, masks, tiles, overlays, and drawn pictures of cracks whose truth is known."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crackscope.imaging.arrays import BoolMask, FloatArray, ProbabilityMap, RgbPixels
    from crackscope.imaging.box import Box
    from crackscope.imaging.folder import FoundPhoto, find_photos
    from crackscope.imaging.metadata import PhotoMetadata
    from crackscope.imaging.photo import Photo
    from crackscope.imaging.rle import RunLengthMask

_HOMES = {
    "BoolMask": "arrays",
    "Box": "box",
    "FloatArray": "arrays",
    "FoundPhoto": "folder",
    "Photo": "photo",
    "PhotoMetadata": "metadata",
    "ProbabilityMap": "arrays",
    "RgbPixels": "arrays",
    "RunLengthMask": "rle",
    "find_photos": "folder",
}

__all__ = [
    "BoolMask",
    "Box",
    "FloatArray",
    "FoundPhoto",
    "Photo",
    "PhotoMetadata",
    "ProbabilityMap",
    "RgbPixels",
    "RunLengthMask",
    "find_photos",
]


def __getattr__(name: str) -> object:
    """Import a public name from its file when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
