"""The shape of a drawn crack: a line with a width at each point, and the pixels it covers.

The centre of pixel (row, column) lies at exactly these coordinates, its edges half a pixel away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray

Integers: TypeAlias = NDArray[np.int64]
ASIDE_PX = (
    1e-6,
    1.7e-6,
)  # a pixel's centre on the very edge counts on one side of a crack and not on the other
PIECE_PX = 8.0  # the line is cut into pieces of at most this length, each drawn in a square of its own


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCrack:
    """A crack whose truth is known: its shape was given, not measured.

    Parameters
    ----------
    centreline : float64 array, shape (N, 2)
        Points (row, column) in px, N at least 2. The ends are cut straight across.
    width_px : float64 array, shape (N,)
        Width at each point; between points it changes linearly.
    length_px : float
        Of this line, without branches.
    branches : tuple of DrawnCrack
        Lines that begin on this one.
    """

    centreline: FloatArray
    width_px: FloatArray
    length_px: float
    branches: tuple[DrawnCrack, ...] = ()

    @property
    def lines(self) -> tuple[DrawnCrack, ...]:
        """The line itself and all its branches."""
        return (self, *(line for branch in self.branches for line in branch.lines))

    @property
    def total_length_px(self) -> float:
        """Length of this line and all its branches."""
        return sum(line.length_px for line in self.lines)

    @property
    def area_px(self) -> float:
        """Integral of the width along this line, without branches, in square px."""
        steps = np.linalg.norm(np.diff(self.centreline, axis=0), axis=1)
        return float(np.sum(steps * (self.width_px[1:] + self.width_px[:-1]) / 2))

    @property
    def mean_width_px(self) -> float:
        """Mean of the width along this line, without branches."""
        return self.area_px / self.length_px


@dataclass(frozen=True, slots=True, eq=False)
class CoveredPixels:
    """The pixels that a line covers or touches, each once.

    Parameters
    ----------
    rows, columns : int64 arrays, shape (N,)
    inside_px : float64 array, shape (N,)
        Distance of the pixel's centre from the line's edge, in px; positive inside. Above -0.5 in all.
    along_px : float64 array, shape (N,)
        Place along the line of the point nearest to the pixel, from its beginning.
    """

    rows: Integers
    columns: Integers
    inside_px: FloatArray
    along_px: FloatArray

    @property
    def coverage(self) -> FloatArray:
        """Share of each pixel that is covered, 0…1 (exact for a straight edge along the pixel grid)."""
        return np.clip(self.inside_px + 0.5, 0.0, 1.0)


def line_of(
    centreline: FloatArray, width_px: FloatArray | float, *, branches: tuple[DrawnCrack, ...] = ()
) -> DrawnCrack:
    """Make a crack of a polyline and its width, and reckon its length.

    Examples
    --------
    >>> line_of(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 10.0]]), 2.0).length_px
    11.0
    """
    points = np.asarray(centreline, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or points.shape[0] < 2:
        raise ValueError(f"a centreline is an array of shape (N, 2) with N ≥ 2, not {points.shape}")
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    widths = np.broadcast_to(np.asarray(width_px, dtype=np.float64), points.shape[:1]).copy()
    if not (steps > 0).all() or not (widths > 0).all():
        raise ValueError("points of a centreline must differ from their neighbours, widths be positive")
    return DrawnCrack(points, widths, float(steps.sum()), branches)


def covered_pixels(crack: DrawnCrack, *, height: int, width: int) -> CoveredPixels:
    """Find the pixels of a picture that a crack's own line (without branches) covers or touches.

    Each pixel is judged by the point of the line nearest to it: its distance from there, against half the
    width there. Memory and time go with the area of the crack, not of the picture.

    Parameters
    ----------
    crack : DrawnCrack
    height, width : int
        Of the picture; what lies outside is left out.

    Returns
    -------
    CoveredPixels
    """
    points, widths, ends = _pieces(crack)
    start, step = points[:-1], np.diff(points, axis=0)
    length = np.linalg.norm(step, axis=1)
    reach = int(np.ceil(length.max() / 2 + widths.max() / 2 + 1.0))
    square = np.indices((2 * reach + 1, 2 * reach + 1)).reshape(2, -1).T - reach
    pixels = np.rint(start + step / 2).astype(np.int64)[:, np.newaxis] + square
    piece = np.broadcast_to(np.arange(length.size)[:, np.newaxis], pixels.shape[:2])
    in_picture = ((pixels >= 0) & (pixels < (height, width))).all(axis=-1)
    pixels, piece = pixels[in_picture], piece[in_picture]

    offset = pixels - start[piece]
    direction = step / length[:, np.newaxis]
    forward = np.einsum("ij,ij->i", offset, direction[piece])
    place = np.clip(forward, 0.0, length[piece])
    beside = offset - place[:, np.newaxis] * direction[piece]
    distance = np.sqrt(np.einsum("ij,ij->i", beside, beside))

    near = np.flatnonzero(distance < widths.max() / 2 + 0.5)
    flat = pixels[near, 0] * width + pixels[near, 1]
    order = np.lexsort((distance[near], flat))
    nearest = near[order[np.flatnonzero(np.diff(flat[order], prepend=-1))]]
    pixels, piece, forward, place = pixels[nearest], piece[nearest], forward[nearest], place[nearest]
    share = place / length[piece]
    half_width = ((1 - share) * widths[piece] + share * widths[piece + 1]) / 2
    inside = half_width - distance[nearest]

    across = np.abs(offset[nearest, 0] * direction[piece, 1] - offset[nearest, 1] * direction[piece, 0])
    for at_end, beyond in ((piece == 0, forward), (piece == length.size - 1, length[piece] - forward)):
        inside = np.where(at_end & (beyond < 0.5), np.minimum(half_width - across, beyond), inside)
    kept = inside > -0.5
    along = ends[piece] + place
    return CoveredPixels(pixels[kept, 0], pixels[kept, 1], inside[kept], along[kept])


def _pieces(crack: DrawnCrack) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cut a line into pieces of at most `PIECE_PX`: points, widths, and length up to each point."""
    steps = np.linalg.norm(np.diff(crack.centreline, axis=0), axis=1)
    known = np.concatenate([[0.0], np.cumsum(steps)])
    counts = np.maximum(np.ceil(steps / PIECE_PX).astype(np.int64), 1)
    first = np.repeat(known[:-1], counts)
    number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    wanted = np.append(first + number * np.repeat(steps / counts, counts), known[-1])
    rows, columns, widths = (
        np.interp(wanted, known, values) for values in (*crack.centreline.T, crack.width_px)
    )
    return np.stack([rows, columns], axis=1) + ASIDE_PX, widths, wanted
