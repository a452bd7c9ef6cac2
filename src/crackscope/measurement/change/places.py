"""Places at even distances along the cracks of a photo, and which crack of another is nearest to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.imaging.registration import Registration
from crackscope.measurement.profile.sampling import Crossings
from crackscope.measurement.smoothing import distance_along

APART_PX = 4.0
DIRECTION_PX = 8.0
"""The direction of a line is that of the way from so far before a place to so far behind it."""
NEARBY_PX = 7
"""A centreline lies so near, in all, to the middle of its mask."""
IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """N places on cracks, along one line after the other.

    Parameters
    ----------
    crossings : Crossings
    crack_of, line_of : int arrays, shape (N,)
        Numbers, from 0, of the crack and of the line among all lines.
    shares_px : float array, shape (N,)
        Length of line that each stands for.
    """

    crossings: Crossings
    crack_of: IntArray
    line_of: IntArray
    shares_px: FloatArray

    @classmethod
    def along(cls, cracks: Sequence[Sequence[FloatArray]]) -> Places:
        """Choose places `APART_PX` apart; nothing is known of the cracks' width yet.

        Parameters
        ----------
        cracks : sequence of sequences of float arrays, shape (M, 2)
            The lines of each crack, (row, column) in px.
        """
        parts, crack_of, line_of, shares = [Crossings.none()], [], [], []
        line_number = 0
        for crack, lines in enumerate(cracks):
            for line in lines:
                points, normals, share = _evenly(line)
                parts.append(Crossings(points, normals, np.ones(len(points))))
                crack_of.append(np.full(len(points), crack))
                line_of.append(np.full(len(points), line_number))
                shares.append(np.full(len(points), share))
                line_number += 1
        none = np.empty(0, np.intp)
        return cls(
            Crossings.joined(parts),
            np.concatenate([none, *crack_of]),
            np.concatenate([none, *line_of]),
            np.concatenate([np.empty(0), *shares]),
        )

    def part(self, chosen: IntArray | BoolMask) -> Places:
        """Return some of them."""
        at: IntArray = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.intp)
        return Places(self.crossings.part(at), self.crack_of[at], self.line_of[at], self.shares_px[at])

    def to_after(self, registration: Registration) -> tuple[Crossings, FloatArray]:
        """Find the places of the first photo in the second, and how many of its px are a px across each."""
        points = self.crossings.points
        stretch = registration.stretch(points) if len(points) else np.empty((0, 2, 2))
        tangents = self.crossings.normals[:, ::-1] * (1.0, -1.0)
        along = np.einsum("nij,nj->ni", stretch, tangents)
        lengths = np.hypot(along[:, 0], along[:, 1])
        across = np.abs(np.linalg.det(stretch)) / np.maximum(lengths, 1e-9)
        normals = along[:, ::-1] * (-1.0, 1.0) / np.maximum(lengths, 1e-9)[:, None]
        moved = registration.to_after(points) if len(points) else points
        return Crossings(moved, normals, self.crossings.widths_px * across), across


def _evenly(line: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Points at even distances, unit normals there, and the length that each stands for."""
    along = distance_along(line)
    length = float(along[-1])
    count = max(1, round(length / APART_PX))
    at = (np.arange(count) + 0.5) * length / count

    def point(where: FloatArray) -> FloatArray:
        return np.column_stack([np.interp(where, along, line[:, axis]) for axis in (0, 1)])

    direction = point(at + DIRECTION_PX) - point(at - DIRECTION_PX)
    size = np.hypot(direction[:, 0], direction[:, 1])
    direction = np.where(size[:, None] > 0.0, direction / np.maximum(size, 1e-9)[:, None], (0.0, 1.0))
    return point(at), direction[:, ::-1] * (-1.0, 1.0), length / count


def nearest(
    points: FloatArray, cracks: Sequence[Sequence[FloatArray]], shape: tuple[int, int]
) -> tuple[FloatArray, IntArray]:
    """Find the crack that is nearest to each point, to a px.

    Parameters
    ----------
    points : float array, shape (N, 2)
        (row, column) in px.
    cracks : sequence of sequences of float arrays, shape (M, 2)
    shape : (height, width)
        Of the photo; points outside are as far as can be from every crack.

    Returns
    -------
    distances_px : float array, shape (N,)
        Infinite where there is no crack.
    crack_of : int array, shape (N,)
        -1 where there is none.
    """
    far, nobody = np.full(len(points), np.inf), np.full(len(points), -1, np.intp)
    ground = np.full(shape, 255, np.uint8)
    owner = np.full(shape, -1, np.int32)
    for number, lines in enumerate(cracks):
        drawn = [
            np.rint(line[:, ::-1]).astype(np.int32)[:, None] for line in lines if np.isfinite(line).all()
        ]
        cv2.polylines(ground, drawn, isClosed=False, color=0)
        cv2.polylines(owner, drawn, isClosed=False, color=number)
    lines_at = ground == 0
    inside = np.isfinite(points).all(axis=1) & (np.rint(points) >= 0).all(axis=1)
    inside &= (np.rint(np.nan_to_num(points)) <= np.array(shape) - 1).all(axis=1)
    if not lines_at.any() or not inside.any():
        return far, nobody
    away, labels = cv2.distanceTransformWithLabels(
        ground, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner_of = np.full(int(labels.max()) + 1, -1, np.intp)
    owner_of[labels[lines_at]] = owner[lines_at]
    row, column = np.rint(points[inside]).astype(np.intp).T
    far[inside], nobody[inside] = away[row, column], owner_of[labels[row, column]]
    return far, nobody


def mask_widths(mask: BoolMask) -> NDArray[np.float32]:
    """Width of a mask around each pixel: the diameter of the largest disc in it that is nearby.

    Parameters
    ----------
    mask : bool array, shape (H, W)

    Returns
    -------
    float32 array, shape (H, W)
        In px; 0 away from the mask.
    """
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    around = cv2.dilate(inside, np.ones((NEARBY_PX, NEARBY_PX), np.uint8))
    widths: NDArray[np.float32] = np.maximum(2.0 * around - 1.0, 0.0).astype(np.float32)
    return widths


def value_at(values: NDArray[np.float32], points: FloatArray) -> FloatArray:
    """Read an array at the pixels nearest to points, (row, column); 0 outside."""
    at = np.rint(np.nan_to_num(points, nan=-1.0)).astype(np.intp)
    inside = ((at >= 0) & (at < np.array(values.shape))).all(axis=1)
    found = np.zeros(len(points))
    found[inside] = values[at[inside, 0], at[inside, 1]]
    return found
