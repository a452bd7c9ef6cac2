"""The lines of a crack's centreline with sub-pixel accuracy, and its width along them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.graph import CentrelineGraph, Edge
from crackscope.measurement.smoothing import distance_along, smooth_line, unit_tangents
from crackscope.measurement.width import inscribed_radius, reach

SMOOTH_PX = 2.0
SMOOTH_WIDTHS = 0.3
SMOOTH_MOST_PX = 12.0
"""Standard deviation of the smoothing: this many px or widths, whichever is more, but no more than the last.

Chosen on drawn cracks: straight ones of 2–20 px at all angles and wandering ones then keep their length
within 0.5 %.
"""
SPACING_SIGMAS = 0.618
"""Distance of points on a line, in standard deviations of its smoothing; out of step with the pixel grid."""
MIN_POINTS = 5
JUNCTION_RADII = 1.5
JUNCTION_PX = 2.0
"""So far from a junction, in its inscribed radii plus px, side branches bend the line and widen it."""
TIP_WIDTHS = 1.0
"""So far from a tip, in widths, the shape of the crack's end shows in the width."""
TIP_BACK_PX = 6.0
RUNAWAY = 1.3
"""A width over this many inscribed diameters runs along another branch."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredLine:
    """One line of a centreline.

    Parameters
    ----------
    points : float array, shape (N, 2)
        (row, column) in px, from tip, junction or anywhere on a ring to the same.
    length_px : float
    width_places, width_normals : float arrays, shape (M, 2)
        Where on the line its width was taken, and the unit vectors across it; without the places near
        junctions, M may be 0.
    widths : float array, shape (M,)
        In px.
    shares : float array, shape (M,)
        Length of line that each width stands for, in px.
    junction_places, junction_shares : float arrays, shapes (K, 2) and (K,)
        The same of the places near junctions, where side branches would widen the line.
    """

    points: FloatArray
    length_px: float
    width_places: FloatArray
    width_normals: FloatArray
    widths: FloatArray
    shares: FloatArray
    junction_places: FloatArray
    junction_shares: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Draft:
    edge: Edge
    is_ring: bool
    points: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Middle:
    points: FloatArray
    widths: FloatArray
    at_junction: NDArray[np.bool_]
    tips: tuple[bool, bool]
    half_width: float


def measure_lines(graph: CentrelineGraph, canvas: Canvas) -> list[MeasuredLine]:
    """Refine the lines of a centreline graph and take the crack's width along them.

    Each line is smoothed, moved to the middle between the crack's two edges, smoothed again and led on to
    the crack's tips: a thinned line stops about half a width before them.

    Parameters
    ----------
    graph : CentrelineGraph
        Of at least one node.
    canvas : Canvas
        The mask it was thinned from.

    Returns
    -------
    list of MeasuredLine
        One for each edge; one along the principal axis for a crack that thinned to a point.
    """
    if not graph.edges:
        return [_blob(graph.nodes[:1], canvas)]
    degrees, radii = graph.degrees, graph.radii_px
    drafts = [
        _draft(edge, edge.start == edge.end and degrees[edge.start] == 2, radii) for edge in graph.edges
    ]
    counts = [len(draft.points) for draft in drafts]
    points = np.concatenate([draft.points for draft in drafts])
    along = np.concatenate([unit_tangents(draft.points, closed=draft.is_ring) for draft in drafts])
    across = along[:, ::-1] * (-1.0, 1.0)
    sides = reach(canvas, np.concatenate([points, points]), np.concatenate([across, -across]))
    reaches = sides.reshape(2, -1)
    _hold_runaways(reaches, counts, points, canvas)
    cuts = np.cumsum(counts)[:-1]
    parts = zip(drafts, np.split(across, cuts), np.split(reaches, cuts, axis=1), strict=True)
    middles = [_middle(draft, normals, both, degrees, radii) for draft, normals, both in parts]
    return _with_tips(middles, canvas)


def _blob(point: FloatArray, canvas: Canvas) -> MeasuredLine:
    """Measure a crack that thinned to a point, along the principal axis of its pixels."""
    moments = cv2.moments(canvas.pixels, binaryImage=True)
    angle = 0.5 * np.arctan2(2.0 * moments["mu11"], moments["mu20"] - moments["mu02"])
    along = np.array([[np.sin(angle), np.cos(angle)]])
    across = along[:, ::-1] * (-1.0, 1.0)
    directions = np.concatenate([along, -along, across, -across])
    ahead, behind, left, right = reach(canvas, np.repeat(point, 4, axis=0), directions).tolist()
    line = np.concatenate([point - behind * along, point + ahead * along])
    length = max(ahead + behind, 1.0)
    width, none = max(left + right, 1.0), point[:0]
    return MeasuredLine(line, length, point, across, np.array([width]), np.array([length]), none, none[:, 0])


def _sigma_px(radius: float) -> float:
    return min(max(SMOOTH_PX, SMOOTH_WIDTHS * 2.0 * radius), SMOOTH_MOST_PX)


def _draft(edge: Edge, is_ring: bool, radii: FloatArray) -> _Draft:
    """Smooth an edge's chain of pixels and take points on it at equal distances."""
    sigma = _sigma_px(max(radii[edge.start], radii[edge.end]))
    points = smooth_line(edge.points, sigma, closed=is_ring)
    along = distance_along(points)
    count = max(int(along[-1] / (sigma * SPACING_SIGMAS)) + 1, MIN_POINTS)
    wanted = np.linspace(0.0, along[-1], count)
    evenly = np.column_stack([np.interp(wanted, along, points[:, 0]), np.interp(wanted, along, points[:, 1])])
    return _Draft(edge, is_ring, evenly)


def _hold_runaways(reaches: FloatArray, counts: list[int], points: FloatArray, canvas: Canvas) -> None:
    """Hold widths that run along another branch to what the disc inscribed there allows (in place)."""
    widths = reaches.sum(axis=0)
    usual = [_median(part) for part in np.split(widths, np.cumsum(counts)[:-1])]
    wide = np.flatnonzero(widths > RUNAWAY * np.repeat(usual, counts) + 2.0)
    if wide.size:
        allowed = 2.0 * RUNAWAY * inscribed_radius(canvas, points[wide])
        reaches[:, wide] *= np.minimum(1.0, allowed / widths[wide])


def _median(values: FloatArray) -> float:
    """The upper of the middle values; `numpy.median` takes ten times as long on a few values."""
    return float(np.sort(values)[len(values) // 2])


def _middle(
    draft: _Draft,
    normals: FloatArray,
    reaches: FloatArray,
    degrees: NDArray[np.intp],
    radii: FloatArray,
) -> _Middle:
    """Move a line to the middle between the crack's edges, drop what thinning bent at free ends, smooth."""
    points, widths = draft.points, reaches.sum(axis=0)
    half_width = _median(widths) / 2.0
    from_start = distance_along(points)
    from_end = from_start[-1] - from_start
    at_junction = np.zeros(len(points), np.bool_)
    first, last = 0, len(points)
    tips = (False, False)
    if not draft.is_ring:
        ends = (draft.edge.start, draft.edge.end)
        tips = (bool(degrees[ends[0]] == 1), bool(degrees[ends[1]] == 1))
        for node, distance in zip(ends, (from_start, from_end), strict=True):
            if degrees[node] > 2:
                at_junction |= distance <= JUNCTION_RADII * radii[node] + JUNCTION_PX
        first = _bent(from_start, widths, half_width) if tips[0] else 0
        last -= _bent(from_end[::-1], widths[::-1], half_width) if tips[1] else 0
        if last - first < 2 or from_start[last - 1] - from_start[first] < half_width:
            first, last = 0, len(points)
    shift = np.where(at_junction, 0.0, (reaches[0] - reaches[1]) / 2.0)
    if at_junction.any() and not at_junction.all():
        widths = np.interp(from_start, from_start[~at_junction], widths[~at_junction])
    sigma = _sigma_px(half_width) * (len(points) - 1) / max(float(from_start[-1]), 1.0)
    raw = np.column_stack([points + normals * shift[:, None], widths])[first:last]
    smooth = smooth_line(raw, sigma, closed=draft.is_ring)
    return _Middle(smooth[:, :2], smooth[:, 2].copy(), at_junction[first:last], tips, half_width)


def _bent(from_tip: FloatArray, widths: FloatArray, half_width: float) -> int:
    """Count the points to drop at a free end: there thinning may run into a corner of the crack's end."""
    inside = min(int(np.searchsorted(from_tip, half_width)), len(from_tip) - 1)
    return int(np.searchsorted(from_tip, min(half_width, float(widths[inside]) / 2.0)))


def _with_tips(middles: list[_Middle], canvas: Canvas) -> list[MeasuredLine]:
    """Lead lines on to the crack's tips, in the direction they have near their ends."""
    ends = [(i, at_end) for i, middle in enumerate(middles) for at_end in (0, 1) if middle.tips[at_end]]
    outwards = [
        _outwards(middles[i].points[:: -1 if at_end else 1], middles[i].half_width) for i, at_end in ends
    ]
    lasts = [middles[i].points[-1 if at_end else 0] for i, at_end in ends]
    gaps = reach(canvas, np.array(lasts).reshape(-1, 2), np.array(outwards).reshape(-1, 2))
    tips = {
        end: (last + gap * direction)[None]
        for end, last, gap, direction in zip(ends, lasts, gaps, outwards, strict=True)
    }
    return [_finished(middle, tips.get((i, 0)), tips.get((i, 1))) for i, middle in enumerate(middles)]


def _outwards(points: FloatArray, half_width: float) -> FloatArray:
    """Direction of a line at its first point, out of the line; 0 where it has none."""
    from_tip = distance_along(points[: int(4.0 * half_width) + 12])
    back = min(int(np.searchsorted(from_tip, max(TIP_BACK_PX, 3.0 * half_width))), len(from_tip) - 1)
    direction: FloatArray = points[0] - points[back]
    norm = float(np.hypot(direction[0], direction[1]))
    if norm > 0.0:
        direction /= norm
    return direction


def _finished(middle: _Middle, start: FloatArray | None, end: FloatArray | None) -> MeasuredLine:
    none = middle.points[:0]
    head, tail = none if start is None else start, none if end is None else end
    points = np.concatenate([head, middle.points, tail])
    along = distance_along(points)
    here = along[len(head) : len(along) - len(tail)]
    widths = middle.widths
    if len(head):
        _level_tip(widths, here)
    if len(tail):
        _level_tip(widths[::-1], (along[-1] - here)[::-1])
    borders = np.concatenate([along[:1], (here[1:] + here[:-1]) / 2.0, along[-1:]])
    near, shares = middle.at_junction, np.diff(borders)
    return MeasuredLine(
        points=points,
        length_px=float(along[-1]),
        width_places=middle.points[~near],
        width_normals=_normals(middle.points)[~near],
        widths=widths[~near],
        shares=shares[~near],
        junction_places=middle.points[near],
        junction_shares=shares[near],
    )


def _normals(points: FloatArray) -> FloatArray:
    is_ring = bool((points[0] == points[-1]).all())
    normals: FloatArray = unit_tangents(points, closed=is_ring)[:, ::-1] * (-1.0, 1.0)
    return normals


def _level_tip(widths: FloatArray, from_tip: FloatArray) -> None:
    """Keep the shape of a crack's end out of its width (in place).

    Towards a tip the width may fall, but not rise; the last half width has the width before it.
    """
    sound = np.flatnonzero(from_tip >= TIP_WIDTHS * widths)
    if sound.size:
        np.minimum(widths[: sound[0]], widths[sound[0]], out=widths[: sound[0]])
        half_way = int(np.searchsorted(from_tip, from_tip[sound[0]] / 2.0))
        widths[:half_way] = widths[half_way]
