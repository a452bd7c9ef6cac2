"""The small pictures of a finding: the photo as a JPEG, its mask as a clear PNG to lay over it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.imaging.encode import thumbnail, write_jpeg
from crackscope.imaging.overlay import COLOURS, Colour
from crackscope.whole_file import whole_file

LONGEST_PX = 360
FILL_OPACITY = 0.25
LINE_OPACITY = 0.85
GROUND = (34, 38, 43)
"""Behind a mask that has no picture of its size."""


@dataclass(frozen=True, slots=True, eq=False)
class Panels:
    """What there is to see of a finding; None where there is no such picture or mask.

    Parameters
    ----------
    before : uint8 array, shape (H, W, 3), optional
        The picture.
    before_mask : bool array, optional
        Its mask as it is; need not be of the picture's size.
    after_mask : bool array, optional
        Its mask as repair would put it.
    other : uint8 array, shape (H', W', 3), optional
        The other picture of a duplicate.
    other_mask : bool array, optional
        The mask of the other picture.
    """

    before: RgbPixels | None = None
    before_mask: BoolMask | None = None
    after_mask: BoolMask | None = None
    other: RgbPixels | None = None
    other_mask: BoolMask | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Panel:
    caption: str
    picture: RgbPixels | None
    mask: BoolMask | None
    colour: Colour = COLOURS[0]


def write_panels(panels: Panels, folder: Path, stem: str) -> list[dict[str, Any]]:
    """Write the pictures of a finding.

    Parameters
    ----------
    panels : Panels
    folder : Path
        Where to; it exists.
    stem : str
        What the files' names begin with.

    Returns
    -------
    list of dict
        For each panel, left to right: ``caption``, ``size`` (width and height of the original in px), and
        the names of the files, ``picture`` and, where there is one, ``mask``.

    Raises
    ------
    CrackscopeError
        If a file cannot be written.
    """
    written = []
    for number, panel in enumerate(_arranged(panels), start=1):
        picture, mask = _fitted(panel)
        pixels = panel.mask if panel.picture is None else panel.picture
        entry: dict[str, Any] = {"caption": panel.caption, "picture": f"{stem}-{number}.jpg"}
        if pixels is not None:
            entry["size"] = [int(pixels.shape[1]), int(pixels.shape[0])]
        write_jpeg(folder / entry["picture"], picture, quality=85)
        if mask is not None:
            entry["mask"] = f"{stem}-{number}.png"
            drawn = _drawn(mask, panel.colour, alone=panel.picture is None)
            _write_clear_png(folder / entry["mask"], drawn)
        written.append(entry)
    return written


def _arranged(panels: Panels) -> list[_Panel]:
    """Choose what to show side by side; a mask of another size than its picture stands beside it."""
    other = _pair(panels.other, panels.other_mask, "The other", "Its mask")
    if panels.after_mask is None:
        caption = "This one" if other else ""
        return _pair(panels.before, panels.before_mask, caption, "Its mask" if other else "Mask") + other
    fits = panels.before is not None and panels.before.shape[:2] == panels.after_mask.shape
    after = _Panel("After repair", panels.before if fits else None, panels.after_mask, COLOURS[1])
    return [*_pair(panels.before, panels.before_mask, "As it is", "Mask as it is"), after, *other]


def _pair(picture: RgbPixels | None, mask: BoolMask | None, caption: str, mask_caption: str) -> list[_Panel]:
    """Lay a mask over its picture where both have one size, or put them side by side."""
    if picture is None:
        return [] if mask is None else [_Panel(mask_caption, None, mask)]
    if mask is None or picture.shape[:2] == mask.shape:
        plain = "Picture" if mask is None else "Picture and mask"
        return [_Panel(caption or plain, picture, mask)]
    return [_Panel(caption or "Picture", picture, None), _Panel(mask_caption, None, mask)]


def _fitted(panel: _Panel) -> tuple[RgbPixels, BoolMask | None]:
    """Bring picture and mask to the size of a panel; small ones are enlarged by a whole factor."""
    mask = panel.mask
    if panel.picture is not None:
        picture = thumbnail(panel.picture, LONGEST_PX)
        if mask is not None:
            mask = shrunk_mask(mask, picture.shape[0], picture.shape[1])
    else:
        assert mask is not None
        share = min(1.0, LONGEST_PX / max(mask.shape))
        mask = shrunk_mask(mask, *(max(1, round(side * share)) for side in mask.shape))
        picture = np.full((*mask.shape, 3), GROUND, np.uint8)
    factor = max(1, LONGEST_PX // max(picture.shape[:2]))
    if factor > 1:
        size = (picture.shape[1] * factor, picture.shape[0] * factor)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        mask = None if mask is None else mask.repeat(factor, axis=0).repeat(factor, axis=1)
    return picture, mask


def shrunk_mask(mask: BoolMask, height: int, width: int) -> BoolMask:
    """Shrink a mask so that no crack vanishes: a pixel is crack where any that it covers is.

    Parameters
    ----------
    mask : bool array, shape (H, W)
    height, width : int
        1…H and 1…W.

    Returns
    -------
    bool array, shape (height, width)

    Examples
    --------
    >>> shrunk_mask(np.eye(4, dtype=bool), 2, 2).astype(int)
    array([[1, 0],
           [0, 1]])
    """
    if mask.shape == (height, width):
        return mask
    rows = np.arange(height) * mask.shape[0] // height
    columns = np.arange(width) * mask.shape[1] // width
    packed = np.maximum.reduceat(mask.view(np.uint8), rows, axis=0)
    return np.asarray(np.maximum.reduceat(packed, columns, axis=1).astype(np.bool_))


def _drawn(mask: BoolMask, colour: Colour, *, alone: bool) -> NDArray[np.uint8]:
    """Paint a mask on clear ground; uint8, shape (H, W, 4), RGBA.

    Over a picture it is a light tint with a line around it, one pixel off, so that a hairline under it is
    seen between two lines rather than hidden by them.
    """
    inside = np.ascontiguousarray(mask).view(np.uint8)
    drawn = np.zeros((*mask.shape, 4), np.uint8)
    drawn[..., :3] = colour
    drawn[..., 3] = inside * np.uint8(255 if alone else round(255 * FILL_OPACITY))
    if not alone:
        off = cv2.dilate(inside, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
        line = cv2.dilate(inside, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))) - off
        drawn[..., 3] += line * np.uint8(round(255 * LINE_OPACITY))
    return drawn


def _write_clear_png(path: Path, rgba: NDArray[np.uint8]) -> None:
    done, data = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
    if not done:
        raise ValueError(f"a mask of shape {rgba.shape} cannot be written as PNG")
    with whole_file(path) as temporary:
        temporary.write_bytes(bytes(data))
