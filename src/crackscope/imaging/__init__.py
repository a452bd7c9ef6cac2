"""Photos, masks, tiles, overlays, and drawn pictures of cracks whose truth is known."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crackscope.imaging.arrays import BoolMask, FloatArray, ProbabilityMap, RgbPixels
    from crackscope.imaging.box import Box
    from crackscope.imaging.crack_path import straight_crack, wandering_crack
    from crackscope.imaging.crack_shape import DrawnCrack
    from crackscope.imaging.encode import thumbnail, write_jpeg, write_png
    from crackscope.imaging.folder import FoundPhoto, find_photos
    from crackscope.imaging.metadata import PhotoMetadata
    from crackscope.imaging.overlay import draw_overlay
    from crackscope.imaging.photo import Photo
    from crackscope.imaging.rle import RunLengthMask
    from crackscope.imaging.synthetic import DrawnPhoto, draw_mask, draw_photo
    from crackscope.imaging.tiles import Tile, TileGrid, blend_strips, tile_grid

_HOMES = {
    "BoolMask": "arrays",
    "Box": "box",
    "DrawnCrack": "crack_shape",
    "DrawnPhoto": "synthetic",
    "FloatArray": "arrays",
    "FoundPhoto": "folder",
    "Photo": "photo",
    "PhotoMetadata": "metadata",
    "ProbabilityMap": "arrays",
    "RgbPixels": "arrays",
    "RunLengthMask": "rle",
    "Tile": "tiles",
    "TileGrid": "tiles",
    "blend_strips": "tiles",
    "draw_mask": "synthetic",
    "draw_overlay": "overlay",
    "draw_photo": "synthetic",
    "find_photos": "folder",
    "straight_crack": "crack_path",
    "thumbnail": "encode",
    "tile_grid": "tiles",
    "wandering_crack": "crack_path",
    "write_jpeg": "encode",
    "write_png": "encode",
}

__all__ = [
    "BoolMask",
    "Box",
    "DrawnCrack",
    "DrawnPhoto",
    "FloatArray",
    "FoundPhoto",
    "Photo",
    "PhotoMetadata",
    "ProbabilityMap",
    "RgbPixels",
    "RunLengthMask",
    "Tile",
    "TileGrid",
    "blend_strips",
    "draw_mask",
    "draw_overlay",
    "draw_photo",
    "find_photos",
    "straight_crack",
    "thumbnail",
    "tile_grid",
    "wandering_crack",
    "write_jpeg",
    "write_png",
]


def __getattr__(name: str) -> object:
    """Import a public name from its file when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
