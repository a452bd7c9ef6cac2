"""What a classifier is shown of a photo: all of it, or patches at native resolution.

Training, evaluation and inspection share this, so that a network is judged and used on what it learnt from.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.tiles import tile_grid

WHOLE_UP_TO = 1.5
"""Photos of up to so many times a view's side go in whole: shrunk no further, a hairline is still seen."""
OVERLAP_SHARE = 1 / 8
"""Neighbouring patches share at least so much of their side: what only grazes one lies well in the other."""


def fits_whole(height: int, width: int, *, side_px: int) -> bool:
    """Tell whether a photo is shown whole in a view of `side_px`.

    Examples
    --------
    >>> fits_whole(336, 227, side_px=224), fits_whole(337, 227, side_px=224)
    (True, False)
    """
    return max(height, width) <= WHOLE_UP_TO * side_px


def whole_view(pixels: RgbPixels, *, side_px: int) -> RgbPixels:
    """Fit a photo into a square: its longer side fills it, the rest is mirrored on both sides.

    Its shape is kept, for a crack's direction and a joint's are told apart by it.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
    side_px : int

    Returns
    -------
    uint8 array, shape (side_px, side_px, 3)
        C-contiguous.

    Examples
    --------
    >>> ramp = np.repeat(np.arange(4, dtype=np.uint8)[:, None, None], 3, axis=2)  # four rows, one column
    >>> whole_view(ramp, side_px=4)[:, :, 0].tolist()
    [[0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3, 3]]
    """
    height, width = pixels.shape[:2]
    factor = side_px / max(height, width)
    if factor != 1:
        height, width = max(1, round(height * factor)), max(1, round(width * factor))
        interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=interpolation), np.uint8)
    above, left = (side_px - height) // 2, (side_px - width) // 2
    if height < side_px or width < side_px:
        below, right = side_px - height - above, side_px - width - left
        pixels = np.asarray(
            cv2.copyMakeBorder(pixels, above, below, left, right, cv2.BORDER_REFLECT_101), np.uint8
        )
    return np.ascontiguousarray(pixels)


def views(pixels: RgbPixels, *, side_px: int) -> Iterator[RgbPixels]:
    """Show a photo: whole where that loses little, else in patches that cover it.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
        Of any size.
    side_px : int

    Yields
    ------
    uint8 array, shape (side_px, side_px, 3)
        A photo with a crack has one in at least one of its views.

    Examples
    --------
    >>> small, large = np.zeros((227, 227, 3), np.uint8), np.zeros((600, 400, 3), np.uint8)
    >>> [len(list(views(photo, side_px=224))) for photo in (small, large)]
    [1, 6]
    """
    height, width = pixels.shape[:2]
    if fits_whole(height, width, side_px=side_px):
        yield whole_view(pixels, side_px=side_px)
        return
    grid = tile_grid(height, width, tile_px=side_px, overlap_px=int(np.ceil(side_px * OVERLAP_SHARE)))
    for row in grid.rows:
        for tile in row:
            yield whole_view(pixels[tile.slices], side_px=side_px)
