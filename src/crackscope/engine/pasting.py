"""From the mask of a box to the pixels of a photo."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.box import Box

Corners = tuple[float, float, float, float]
"""x0, y0, x1, y1 in px, where pixel i reaches from i to i + 1."""


def paste(
    mask: NDArray[np.float32], corners: Corners, *, height: int, width: int
) -> tuple[Box, NDArray[np.float32]] | None:
    """Lay a mask's cells over the pixels whose middles lie in its box.

    Parameters
    ----------
    mask : float32 array, shape (M, M)
        A value for each cell of the box.
    corners : 4 floats
        Of the box; it may reach out of the photo.
    height, width : int
        Of the photo, in px.

    Returns
    -------
    pair or None
        The pixels as a `Box`, and their values, float32 (box.height, box.width): bilinear between the middles
        of the cells, exact to rounding wherever the corners lie. None where there is no such pixel.

    Examples
    --------
    >>> box, values = paste(np.ones((2, 2), np.float32), (1.4, 0, 3.6, 1), height=9, width=9)
    >>> box, values.tolist()
    (Box(row=0, column=1, height=1, width=3), [[1.0, 1.0, 1.0]])
    """
    x0, y0, x1, y1 = corners
    left, right = max(0, math.ceil(x0 - 0.5)), min(width, math.ceil(x1 - 0.5))
    top, bottom = max(0, math.ceil(y0 - 0.5)), min(height, math.ceil(y1 - 0.5))
    if left >= right or top >= bottom:
        return None
    rows = _between(np.arange(top, bottom), y0, y1, mask.shape[0])
    columns = _between(np.arange(left, right), x0, x1, mask.shape[1])
    along = mask[rows[0]] + rows[2][:, None] * (mask[rows[1]] - mask[rows[0]])
    values = along[:, columns[0]] + columns[2] * (along[:, columns[1]] - along[:, columns[0]])
    return Box(top, left, bottom - top, right - left), values


def _between(
    pixels: NDArray[np.intp], low: float, high: float, cells: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Find the two cells that each pixel's middle lies between, and how far on the way to the second."""
    at = np.clip((pixels + 0.5 - low) / (high - low) * cells - 0.5, 0, cells - 1)
    first = np.minimum(at.astype(np.intp), max(0, cells - 2))
    return first, np.minimum(first + 1, cells - 1), (at - first).astype(np.float32)
