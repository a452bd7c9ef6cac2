"""Thin a mask to lines one pixel wide, at a cost that goes with its border."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask
from crackscope.measurement.canvas import Canvas

NEIGHBOURS = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))
"""Steps (row, column) to the neighbours, counter-clockwise from east. Bit k of a code is neighbour k."""

_Indices = NDArray[np.intp]


def skeleton(mask: BoolMask) -> BoolMask:
    """Thin a mask to a skeleton one pixel wide that keeps its connections.

    Parameters
    ----------
    mask : bool array, shape (H, W)

    Returns
    -------
    bool array, shape (H, W)

    Raises
    ------
    ValueError
        If `mask` is not two-dimensional and boolean.

    References
    ----------
    Guo and Hall (1989), "Parallel thinning with two-subiteration algorithms", variant A1; Lam, Lee and Suen
    (1992), "Thinning methodologies". The result equals ``skimage.morphology.thin``.

    Examples
    --------
    >>> skeleton(np.ones((3, 7), bool)).astype(int)
    array([[0, 0, 0, 0, 0, 0, 0],
           [0, 1, 1, 1, 1, 1, 0],
           [0, 0, 0, 0, 0, 0, 0]])
    """
    require_mask(mask)
    canvas = Canvas.from_mask(mask)
    thinned = np.zeros_like(canvas.pixels)
    thinned.reshape(-1)[thin_pixels(canvas.pixels)] = 1
    return thinned[1:-1, 1:-1].astype(np.bool_)


def require_mask(mask: BoolMask) -> None:
    """Raise ValueError if this is not a bool array of two dimensions."""
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise ValueError(f"a mask is a bool array of shape (H, W), not {mask.dtype} {mask.shape}")


def thin_pixels(framed: NDArray[np.uint8]) -> _Indices:
    """Thin a framed mask and return the flat indices of what is left, in ascending order.

    Every pixel's neighbour code is kept up to date, so each turn looks only at the pixels whose code allows
    them to go.

    Parameters
    ----------
    framed : uint8 array, shape (H + 2, W + 2)
        0 and 1, with a frame of 0; not changed.

    Returns
    -------
    int array, shape (N,)
    """
    steps = neighbour_offsets(framed.shape[1])
    pixels = framed.reshape(-1)
    inner = np.empty_like(framed)
    cv2.erode(framed, np.ones((3, 3), np.uint8), dst=inner, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    border = np.flatnonzero((framed != inner).view(np.bool_))
    np.negative(inner, out=inner)  # 255, all neighbours, where a pixel is off the border
    codes = inner.reshape(-1)
    codes[border] = neighbour_codes(pixels, border, steps)
    alive = framed.copy().reshape(-1)
    candidates, turn = border, 0
    while candidates.size:
        gone = candidates[_REMOVABLE[turn].take(codes.take(candidates))]
        alive[gone] = 0
        candidates = _remove(codes, candidates, gone, steps)
        turn = 1 - turn
    return np.flatnonzero(alive.view(np.bool_))


def _remove(codes: NDArray[np.uint8], candidates: _Indices, gone: _Indices, steps: _Indices) -> _Indices:
    """Take pixels out of their neighbours' codes and list the pixels that may go next, each once, ascending.

    The code of a pixel that is gone is 0, which is never removable.
    """
    codes[gone] = 0
    beside = gone + steps[:, None]
    for line, others in zip(beside, _ALL_BUT_OPPOSITE, strict=True):
        codes[line] &= others
    around = np.concatenate([beside.reshape(-1), candidates])
    around = around[_REMOVABLE_SOON.take(codes.take(around))]
    around.sort()
    fresh = np.ones(around.size, np.bool_)
    np.not_equal(around[1:], around[:-1], out=fresh[1:])
    once: _Indices = around[fresh]
    return once


def neighbour_offsets(stride: int) -> NDArray[np.intp]:
    """Flat steps to the eight neighbours, in the order of `NEIGHBOURS`."""
    return np.array([row * stride + column for row, column in NEIGHBOURS], np.intp)


def neighbour_codes(flat: NDArray[np.uint8], indices: _Indices, steps: NDArray[np.intp]) -> NDArray[np.uint8]:
    """One byte a pixel: bit k says whether neighbour k is crack."""
    around = flat.take(indices[:, None] + steps)
    codes: NDArray[np.uint8] = np.packbits(around, axis=1, bitorder="little")[:, 0]
    return codes


def _removable() -> NDArray[np.bool_]:
    """For each turn and neighbour code: may the pixel go? Conditions G1 to G3 of Guo and Hall's A1."""
    code = np.arange(256)
    x = [((code >> k) & 1).astype(np.bool_) for k in range(8)]
    crossings = sum(((~x[k]) & (x[k + 1] | x[(k + 2) % 8])).astype(int) for k in (0, 2, 4, 6))
    pairs_one = sum((x[k] | x[k + 1]).astype(int) for k in (0, 2, 4, 6))
    pairs_two = sum((x[k + 1] | x[(k + 2) % 8]).astype(int) for k in (0, 2, 4, 6))
    fewer = np.minimum(pairs_one, pairs_two)
    simple = (crossings == 1) & (fewer >= 2) & (fewer <= 3)
    first = simple & ~((x[1] | x[2] | ~x[7]) & x[0])
    second = simple & ~((x[5] | x[6] | ~x[3]) & x[4])
    return np.stack([first, second])


_ALL_BUT_OPPOSITE = [np.uint8(255 - (1 << ((k + 4) % 8))) for k in range(8)]
_REMOVABLE = _removable()
_REMOVABLE_SOON = _REMOVABLE[0] | _REMOVABLE[1]
