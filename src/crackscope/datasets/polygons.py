"""Outlines and masks, each made from the other without losing a pixel.

A ring is a closed polygon, float array (N, 2) of (x, y) in px; the pixel in row r and column c covers
[c, c+1) × [r, r+1).
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, FloatArray

_SCALE = 5  # points on a pixel's side, of rleFrPoly
_LEFT_OF_CENTRE, _RIGHT_OF_CENTRE = 2, 3  # the two points between which a pixel's centre lies
_CROSSINGS_AT_ONCE = 1 << 20
_PARENT = 3  # in the hierarchy of findContours


def fill_polygon(ring: FloatArray, *, height: int, width: int) -> BoolMask:
    """Fill a polygon; pixel for pixel what pycocotools makes of it.

    Parameters
    ----------
    ring : float array, shape (N, 2)
        Finite. What lies outside the picture is cut off; where it crosses itself the even-odd rule holds.
    height, width : int
        Of the picture, in px.

    Returns
    -------
    bool array, shape (height, width)

    References
    ----------
    ``rleFrPoly`` in maskApi.c of pycocotools.

    Examples
    --------
    >>> fill_polygon(np.array([[1.0, 0], [3, 0], [3, 2], [1, 2]]), height=2, width=4).astype(int)
    array([[0, 1, 1, 0],
           [0, 1, 1, 0]])
    """
    mask = np.zeros((height, width), np.bool_)
    add_polygon(mask, ring)
    return mask


def add_polygon(mask: BoolMask, ring: FloatArray) -> None:
    """Set the pixels of a polygon in a mask; time and memory go with the polygon, not with the mask.

    Parameters
    ----------
    mask : bool array, shape (H, W)
        Changed in place.
    ring : float array, shape (N, 2)
        See `fill_polygon`.
    """
    height, width = mask.shape
    if len(ring) == 0 or mask.size == 0:
        return
    corners = np.trunc(np.asarray(ring, np.float64) * _SCALE + 0.5)
    top, bottom = _rows(np.array([corners[:, 1].min(), corners[:, 1].max()]), height).tolist()
    left = int(np.clip((corners[:, 0].min() - _LEFT_OF_CENTRE) // _SCALE, 0, width))
    right = int(np.clip((corners[:, 0].max() - _RIGHT_OF_CENTRE) // _SCALE + 1, left, width))
    if top >= bottom or left == right:
        return
    crossings = np.zeros((bottom - top + 1, right - left), np.uint8)
    for columns, rows in _crossings(corners, height, width):
        np.add.at(crossings, (rows - top, columns - left), np.uint8(1))  # running over keeps the parity
    inside = np.cumsum(crossings, axis=0, dtype=np.uint8)[:-1] & np.uint8(1)
    mask[top:bottom, left:right] |= inside.view(np.bool_)


def _crossings(
    corners: FloatArray, height: int, width: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield, in portions, in which column and above which row the polygon crosses the columns' centres.

    The boundary is walked in steps of 1/5 px along the longer axis of each side. A centre is crossed between
    two points, so what is computed is just those, not the whole walk.
    """
    ahead = np.roll(corners, -1, axis=0)
    reach = np.abs(ahead - corners)
    flat = reach[:, 0] >= reach[:, 1]
    turned = np.where(flat, corners[:, 0] > ahead[:, 0], corners[:, 1] > ahead[:, 1])[:, np.newaxis]
    start, end = np.where(turned, ahead, corners), np.where(turned, corners, ahead)
    lowest, highest = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    first = np.clip(np.ceil((lowest - _LEFT_OF_CENTRE) / _SCALE), 0, width)
    last = np.clip(np.floor((highest - _RIGHT_OF_CENTRE) / _SCALE), -1, width - 1)
    count = np.maximum(last - first + 1, 0).astype(np.int64)
    portion = np.cumsum(count) // _CROSSINGS_AT_ONCE
    for number in np.unique(portion):
        sides = np.flatnonzero((portion == number) & (count > 0))
        if sides.size == 0:
            continue
        times = count[sides]
        step = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        side = np.repeat(sides, times)
        column = first[side] + step
        point = column * _SCALE + _LEFT_OF_CENTRE
        level = np.where(
            flat[side], _on_flat(start[side], end[side], point), _on_steep(start[side], end[side], point)
        )
        yield column.astype(np.int64), _rows(level, height)


def _on_flat(start: FloatArray, end: FloatArray, point: FloatArray) -> FloatArray:
    """Height of the upper of the points x = point and point + 1 on sides at least as wide as high."""
    slope = (end[:, 1] - start[:, 1]) / np.maximum(end[:, 0] - start[:, 0], 1)
    along = point - start[:, 0]
    here = np.trunc(start[:, 1] + slope * along + 0.5)
    after = np.trunc(start[:, 1] + slope * (along + 1) + 0.5)
    return np.asarray(np.minimum(here, after))


def _on_steep(start: FloatArray, end: FloatArray, point: FloatArray) -> FloatArray:
    """Height of the last point before a side higher than wide steps from `point` to point + 1 or back."""
    slope = (end[:, 0] - start[:, 0]) / np.maximum(end[:, 1] - start[:, 1], 1)
    slope = np.where(slope == 0, 1, slope)
    rising = slope > 0

    def stepped(along: FloatArray) -> BoolMask:
        return np.asarray((start[:, 0] + slope * along + 0.5 >= point + 1) == rising)

    along = np.ceil((point + 0.5 - start[:, 0]) / slope)  # right but for rounding, which is put right next
    along = np.where(stepped(along - 1), along - 1, along)
    along = np.where(stepped(along), along, along + 1)
    return np.asarray(start[:, 1] + along - 1)


def _rows(level: FloatArray, height: int) -> NDArray[np.int64]:
    """Turn fifths of a pixel into the row below them."""
    return np.ceil(np.clip((level + 0.5) / _SCALE - 0.5, 0, height)).astype(np.int64)


def outlines(mask: BoolMask) -> list[FloatArray]:
    """Draw the outline of each piece of a mask.

    Parameters
    ----------
    mask : bool array, shape (H, W)

    Returns
    -------
    list of float array, shape (N, 2)
        A ring along pixel edges for each 8-connected piece; those of `fill_polygon` for all, united, are the
        mask. A hole hangs on its ring by a bridge that is walked there and back, and so encloses nothing.

    Examples
    --------
    >>> (ring,) = outlines(np.array([[False, True, True]]))
    >>> sorted(map(tuple, ring.tolist()))
    [(1.0, 0.0), (1.0, 1.0), (3.0, 0.0), (3.0, 1.0)]
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return []
    piece = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    doubled = np.repeat(np.repeat(piece, 2, axis=0), 2, axis=1).view(np.uint8)
    contours, hierarchy = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    offset = np.array([columns[0], rows[0]])
    # A contour runs through pixels; in twice the size each pixel has its own left and right, top and bottom.
    rings = [_corners((np.asarray(contour)[:, 0].astype(np.int64) + 1) // 2 + offset) for contour in contours]
    holes: dict[int, list[FloatArray]] = {}
    for number, parent in enumerate(hierarchy[0, :, _PARENT].tolist()):
        holes.setdefault(number if parent < 0 else parent, [])
        if parent >= 0:
            holes[parent].append(rings[number])
    joined = [_with_holes(rings[number], inner) for number, inner in holes.items()]
    return sorted(joined, key=lambda ring: (ring[:, 1].min(), ring[:, 0].min()))


def joined_rings(rings: list[FloatArray]) -> FloatArray:
    """Join rings that do not overlap to one, by bridges; the even-odd rule fills it as it fills them all.

    Parameters
    ----------
    rings : list of float array, shape (N, 2)
        At least one, such as `outlines` gives.
    """
    return _with_holes(rings[0], rings[1:])


def _corners(points: NDArray[np.int64]) -> FloatArray:
    """Leave out the points of a closed path at which it does not turn."""
    points = points[np.any(points != np.roll(points, 1, axis=0), axis=1)]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turns = np.any(np.sign(before) != np.sign(after), axis=1)
    return points[turns].astype(np.float64)


def _with_holes(ring: FloatArray, holes: list[FloatArray]) -> FloatArray:
    """Hang each hole on the corner of the ring that is nearest to its first point."""
    if not holes:
        return ring
    hung: dict[int, list[FloatArray]] = {}
    for hole in holes:
        nearest = int(np.argmin(np.square(ring - hole[0]).sum(axis=1)))
        hung.setdefault(nearest, []).append(hole)
    pieces: list[FloatArray] = []
    done = 0
    for corner in sorted(hung):
        pieces.append(ring[done : corner + 1])
        for hole in hung[corner]:
            pieces += [hole, hole[:1], ring[corner : corner + 1]]
        done = corner + 1
    return np.concatenate([*pieces, ring[done:]])
