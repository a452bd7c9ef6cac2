"""Which parts of a broken crack belong together: their ends point at each other across a gap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.measurement import thin

DIRECTION_PX = 10.0
"""Length of centreline that says where an end points."""
SHORTEST_LINE_PX = 5.0
"""A centreline shorter than this points nowhere."""
DOT_PX = 10
"""Longest side of a part that, without a direction, may still fill the gap between two others."""
ENDS_AT_DOT = 8
"""How many of the ends around a dot, the nearest, are looked at."""
OFFSET_PX = 1.5
"""A step aside that drawing in whole pixels makes; it is no kink, however short the gap."""

_Indices: TypeAlias = NDArray[np.intp]
_Integers: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The connected parts of a mask, as arrays over the parts; part 0 is the background.

    Parameters
    ----------
    labels : int32 array, shape (H, W)
        The number of its part, for each pixel.
    longest_px, area_px : int32 arrays, shape (N,)
        Longer side of the box around each part, and number of its pixels.
    centres : float array, shape (N, 2)
        (row, column) in px.
    """

    labels: _Integers
    longest_px: _Integers
    area_px: _Integers
    centres: FloatArray

    @classmethod
    def of(cls, mask: BoolMask) -> Parts:
        """Find the parts of a bool mask, shape (H, W); pixels that touch by a corner are connected."""
        pixels = np.ascontiguousarray(mask).view(np.uint8)
        _, labels, boxes, centres = cv2.connectedComponentsWithStats(pixels, connectivity=8, ltype=cv2.CV_32S)
        sides = np.asarray(boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]], np.int32)
        area = np.asarray(boxes[:, cv2.CC_STAT_AREA], np.int32)
        middles = np.asarray(centres, np.float64)[:, ::-1]
        return cls(np.asarray(labels, np.int32), sides.max(axis=1), area, middles)


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """The free ends of all centrelines, as arrays over the ends.

    `tip` is the end of the centreline, made straight; `rim` the crack's border beyond it; `heading` the unit
    vector out of the crack; all (row, column) in px. `part` is the number of the connected part.
    """

    tip: FloatArray
    rim: FloatArray
    heading: FloatArray
    part: _Integers


_Meeting: TypeAlias = tuple[float, int, int, int]
"""How badly two ends fit together, their numbers, and the part that one would join to the other's."""


def joined_parts(parts: Parts, *, gap_px: float, angle_deg: float) -> list[tuple[int, int]]:
    """Find the parts that are one crack.

    Parameters
    ----------
    parts : Parts
    gap_px : float
        Longest gap to join across, in background px, above 0.
    angle_deg : float
        Most that the direction of an end may differ from the line across the gap.

    Returns
    -------
    list of (int, int)
        Numbers of two parts each; a crack of three parts comes as two pairs or more.
    """
    angle = float(np.radians(angle_deg))
    may_point = parts.longest_px >= SHORTEST_LINE_PX
    may_point[0] = False
    ends = _ends(may_point[parts.labels], parts.labels)
    dot = parts.longest_px <= DOT_PX
    dot[0] = False
    dot[ends.part] = False
    mates: dict[int, int] = {}
    joined = _pair_up(_facing(ends, gap_px, angle), ends, mates)
    joined += _pair_up(_bridged(ends, parts, np.flatnonzero(dot), gap_px, angle), ends, mates)
    return joined


def _pair_up(meetings: Iterable[_Meeting], ends: _Ends, mates: dict[int, int]) -> list[tuple[int, int]]:
    """Join the ends that fit best first, each with one other at most; `mates` is kept up to date."""
    joined = []
    for _, one, other, part in sorted(meetings):
        if mates.get(one, other) == other and mates.get(other, one) == one:
            mates[one], mates[other] = other, one
            joined += [(int(ends.part[one]), part), (int(ends.part[other]), part)]
    return joined


def _facing(ends: _Ends, gap_px: float, angle: float) -> list[_Meeting]:
    """Pairs of ends that point at each other."""
    one, other = _near(ends.rim, ends.rim, gap_px)
    apart = (one < other) & (ends.part[one] != ends.part[other])
    one, other = one[apart], other[apart]
    across = ends.tip[other] - ends.tip[one]
    kink = _kink(ends.heading[one], across, angle) + _kink(ends.heading[other], -across, angle)
    cost = np.linalg.norm(ends.rim[other] - ends.rim[one], axis=1) * (1.0 + kink)
    return _meetings(np.isfinite(kink), cost, one, other, ends.part[other])


def _bridged(ends: _Ends, parts: Parts, dots: _Indices, gap_px: float, angle: float) -> list[_Meeting]:
    """Pairs of ends with a dot in line between them; the part named is the dot."""
    centres, radii = parts.centres[dots], np.sqrt(parts.area_px[dots] / np.pi)
    dot, end = _near(centres, ends.rim, gap_px + float(radii.max(initial=0.0)))
    across = centres[dot] - ends.tip[end]
    gap = np.linalg.norm(centres[dot] - ends.rim[end], axis=1) - radii[dot]
    fits = np.flatnonzero((gap <= gap_px) & np.isfinite(_kink(ends.heading[end], across, angle)))
    order = fits[np.lexsort((end[fits], gap[fits], dot[fits]))]
    rank = np.arange(order.size) - np.searchsorted(dot[order], dot[order])
    order = order[rank < ENDS_AT_DOT]
    meetings: list[_Meeting] = []
    for step in range(1, ENDS_AT_DOT):
        first, second = order[:-step], order[step:]
        apart = (dot[first] == dot[second]) & (ends.part[end[first]] != ends.part[end[second]])
        first, second = first[apart], second[apart]
        kink = _kink(_unit(across[first]), -across[second], angle)
        cost = (gap[first] + gap[second]) * (1.0 + kink)
        one, other = np.minimum(end[first], end[second]), np.maximum(end[first], end[second])
        meetings += _meetings(np.isfinite(kink), cost, one, other, dots[dot[first]])
    return meetings


def _meetings(
    kept: BoolMask, cost: FloatArray, one: _Indices, other: _Indices, part: _Indices | _Integers
) -> list[_Meeting]:
    """Those of the meetings that are kept, as plain tuples."""
    return list(zip(*(values[kept].tolist() for values in (cost, one, other, part)), strict=True))


def _kink(heading: FloatArray, across: FloatArray, angle: float) -> FloatArray:
    """Angle in radians between unit vectors and the ways across a gap; infinite where it is too large."""
    ahead = (heading * across).sum(axis=1)
    aside = np.abs(heading[:, 0] * across[:, 1] - heading[:, 1] * across[:, 0])
    kink = np.arctan2(aside, ahead)
    fits = (kink <= angle + 1e-9) | ((ahead > 0) & (aside <= OFFSET_PX))
    return np.asarray(np.where(fits, kink, np.inf))


def _ends(mask: BoolMask, labels: _Integers) -> _Ends:
    """Find the free ends of the centrelines and where they point."""
    graph = thin(mask)
    degrees, last = graph.degrees, np.array(mask.shape) - 1
    framed = cv2.copyMakeBorder(mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
    found = []
    for edge in graph.edges:
        if edge.length_px < SHORTEST_LINE_PX:
            continue
        rows, columns = np.minimum(np.rint(edge.points).astype(int), last).T
        half_width = float(np.median(depth[rows, columns]))
        for node, at, points in ((edge.start, 0, edge.points), (edge.end, -1, edge.points[::-1])):
            part = labels[rows[at], columns[at]]
            if degrees[node] == 1 and part > 0:  # a shrunk part's end may lie off it
                tip, heading = _pointer(points, half_width)
                found.append((tip, tip + heading * graph.radii_px[node], heading, part))
    if not found:
        return _Ends(np.empty((0, 2)), np.empty((0, 2)), np.empty((0, 2)), np.empty(0, np.int32))
    return _Ends(*(np.array(values) for values in zip(*found, strict=True)))


def _pointer(points: FloatArray, half_width: float) -> tuple[FloatArray, FloatArray]:
    """Where a line ends that begins at its first point, and the unit vector out of it there.

    The last bit of a centreline bends into a corner of the crack's end: it says how far the crack goes but
    not where to, as long as enough of the line is left.
    """
    near = points[: int(2 * (DIRECTION_PX + half_width)) + 2]
    steps = np.diff(near, axis=0)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    bend = min(half_width, max(0.0, float(along[-1]) - SHORTEST_LINE_PX)) if half_width > 1.0 else 0.0
    line = near[(along >= bend) & (along <= bend + DIRECTION_PX)]
    half = len(line) // 2
    heading = _unit((line[:half].mean(axis=0) - line[len(line) - half :].mean(axis=0))[None])[0]
    middle = line.mean(axis=0)
    return middle + heading * float((points[0] - middle) @ heading), heading


def _unit(vectors: FloatArray) -> FloatArray:
    """Vectors of length 1 the same way."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: FloatArray = vectors / np.maximum(lengths, 1e-12)
    return units


def _near(points: FloatArray, others: FloatArray, reach_px: float) -> tuple[_Indices, _Indices]:
    """Numbers of the pairs of a point and another no further apart than `reach_px`, by cells of that size."""
    if len(points) == 0 or len(others) == 0:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    origin = np.minimum(points.min(axis=0), others.min(axis=0))
    cell, other_cell = (((p - origin) // max(reach_px, 1.0)).astype(np.int64) + 1 for p in (points, others))
    stride = int(max(cell[:, 1].max(), other_cell[:, 1].max())) + 2
    keys = other_cell[:, 0] * stride + other_cell[:, 1]
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    pairs = []
    for down in (-1, 0, 1):  # three cells in a row are neighbours in the order of keys, too
        middle = (cell[:, 0] + down) * stride + cell[:, 1]
        first, last = np.searchsorted(keys, middle - 1), np.searchsorted(keys, middle + 1, "right")
        counts = last - first
        one = np.repeat(np.arange(len(points)), counts)
        place = np.arange(one.size) + np.repeat(first - (np.cumsum(counts) - counts), counts)
        pairs.append(np.stack([one, order[place]]))
    one, other = np.concatenate(pairs, axis=1)
    close = np.linalg.norm(points[one] - others[other], axis=1) <= reach_px + 1e-9
    return one[close], other[close]
