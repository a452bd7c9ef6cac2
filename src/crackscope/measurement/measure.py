"""Length, width and direction of one crack."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.centreline import centreline_graph
from crackscope.measurement.graph import CentrelineGraph
from crackscope.measurement.region import Region
from crackscope.measurement.smoothing import distance_along, smooth_line, unit_tangents
from crackscope.measurement.width import inscribed_radius, reach

Polyline = tuple[tuple[float, float], ...]

_SMOOTH_PX = 2.0
_SMOOTH_WIDTHS = 0.3
_SMOOTH_MOST_PX = 12.0
_JUNCTION_RADII = 1.5  # so far from a junction, in its inscribed radii …
_JUNCTION_PX = 2.0  # … and this much more, side branches bend the centreline and widen the crack
_RUNAWAY = 1.3  # a width over this many inscribed diameters was not taken across
_SAMPLES_PER_SIGMA = 1.5
_TIP_WIDTHS = 1.0  # so far from a tip, in widths, the end's shape shows in centreline and width
_SIMPLIFY_PX = 0.5


@dataclass(frozen=True, slots=True)
class CrackMeasurement:
    """What is measured of one crack; lengths in px.

    Parameters
    ----------
    length_px : float
        Along the centreline, all branches, from tip to tip.
    mean_width_px, median_width_px, p95_width_px, max_width_px : float
        Across the centreline, away from junctions and tips.
    max_width_at : (row, column)
        Where the crack is widest, in the photo; (0, 0) is the centre of the upper left pixel.
    orientation_deg : float
        Main direction, 0 = horizontal, counter-clockwise as seen, in [0, 180).
    centreline : tuple of polylines
        Each a tuple of (row, column) points in the photo, simplified to half a pixel.
    """

    length_px: float
    mean_width_px: float
    median_width_px: float
    p95_width_px: float
    max_width_px: float
    max_width_at: tuple[float, float]
    orientation_deg: float
    centreline: tuple[Polyline, ...]


def measure(region: Region) -> CrackMeasurement:
    """Measure one crack.

    The skeleton's lines are smoothed, moved to the middle between the crack's two edges, smoothed again and led on to
    the crack's tips. Widths are taken at right angles to them.

    Parameters
    ----------
    region : Region

    Returns
    -------
    CrackMeasurement

    Examples
    --------
    >>> from crackscope.measurement.regions import RegionAssembler
    >>> probability = np.zeros((20, 60), np.float32)
    >>> probability[8:11, 5:45] = 1.0
    >>> assembler = RegionAssembler(20, 60, 0.5)
    >>> assembler.add(0, probability)
    >>> crack = measure(assembler.finish()[0])
    >>> round(crack.length_px, 1), round(crack.mean_width_px, 1), crack.orientation_deg
    (40.0, 3.0, 0.0)
    """
    canvas = Canvas.from_region(region)
    graph = centreline_graph(canvas)
    lines = _lines(graph, canvas)
    return _summary(lines, region)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    points: FloatArray
    measured_at: FloatArray
    widths: FloatArray
    shares: FloatArray  # of the line's length
    counts: NDArray[np.bool_]  # the widths that are neither at a junction nor at a tip


def _lines(graph: CentrelineGraph, canvas: Canvas) -> list[_Line]:
    if not graph.edges:
        return [_blob(graph.nodes[:1], canvas)]
    degrees = graph.degrees
    rings = [edge.start == edge.end and degrees[edge.start] == 2 for edge in graph.edges]
    radii = inscribed_radius(canvas, graph.nodes)
    drafts = []
    for edge, ring in zip(graph.edges, rings, strict=True):
        sigma = _sigma(max(radii[edge.start], radii[edge.end]))
        drafts.append(_every(smooth_line(edge.points, sigma, closed=ring), int(sigma / _SAMPLES_PER_SIGMA)))
    middles = np.concatenate(drafts)
    along = [unit_tangents(draft, closed=ring) for draft, ring in zip(drafts, rings, strict=True)]
    across = np.concatenate(along)[:, ::-1] * (-1.0, 1.0)
    left, right = reach(canvas, np.concatenate([middles, middles]), np.concatenate([across, -across])).reshape(2, -1)
    _cap_runaways(left, right, [len(draft) for draft in drafts], middles, canvas)
    lines, first = [], 0
    for edge, ring, draft in zip(graph.edges, rings, drafts, strict=True):
        part = slice(first, first + len(draft))
        first += len(draft)
        ends = [(degrees[node] == 1, degrees[node] > 2, radii[node]) for node in (edge.start, edge.end)]
        lines.append(_line(draft, across[part], left[part], right[part], ring, ends, canvas))
    return lines


def _cap_runaways(left: FloatArray, right: FloatArray, counts: list[int], points: FloatArray, canvas: Canvas) -> None:
    """Hold widths that run along another branch to what the disc inscribed there allows (in place)."""
    widths = left + right
    usual = [float(np.median(part)) for part in np.split(widths, np.cumsum(counts)[:-1])]
    wide = np.flatnonzero(widths > _RUNAWAY * np.repeat(usual, counts) + 2.0)
    if wide.size:
        allowed = 2.0 * _RUNAWAY * inscribed_radius(canvas, points[wide])
        share = np.minimum(1.0, allowed / widths[wide])
        left[wide] *= share
        right[wide] *= share


def _blob(point: FloatArray, canvas: Canvas) -> _Line:
    """Measure a crack that thinned to a point, along the principal axis of its pixels."""
    moments = cv2.moments(canvas.pixels, binaryImage=True)
    angle = 0.5 * np.arctan2(2.0 * moments["mu11"], moments["mu20"] - moments["mu02"])
    along = np.array([[np.sin(angle), np.cos(angle)]])
    across = along[:, ::-1] * (-1.0, 1.0)
    ahead, behind, left, right = reach(
        canvas, np.repeat(point, 4, axis=0), np.concatenate([along, -along, across, -across])
    )
    line = np.concatenate([point - behind * along, point, point + ahead * along])
    return _Line(line, point, np.array([left + right]), np.ones(1), np.ones(1, np.bool_))


def _every(points: FloatArray, stride: int) -> FloatArray:
    """Keep every so manieth point and the last; at least five."""
    stride = min(stride, (len(points) - 1) // 4)
    if stride < 2:
        return points
    return np.concatenate([points[: -stride // 2 : stride], points[-1:]])


def _sigma(radius: float) -> float:
    return min(max(_SMOOTH_PX, _SMOOTH_WIDTHS * 2 * radius), _SMOOTH_MOST_PX)


def _line(
    draft: FloatArray,
    across: FloatArray,
    left: FloatArray,
    right: FloatArray,
    ring: bool,
    ends: list[tuple[bool, bool, float]],
    canvas: Canvas,
) -> _Line:
    widths = left + right
    half = float(np.median(widths)) / 2
    from_start = distance_along(draft)
    sigma = _sigma(half) * (len(draft) - 1) / max(from_start[-1], 1.0)
    from_end = from_start[-1] - from_start
    at_junction = np.zeros(len(draft), np.bool_)
    first, last = 0, len(draft)
    if not ring:
        for distance, (_, is_junction, radius) in zip((from_start, from_end), ends, strict=True):
            if is_junction:
                at_junction |= distance <= _JUNCTION_RADII * radius + _JUNCTION_PX
        first = _cut(from_start, widths, half) if ends[0][0] else 0
        last -= _cut(from_end[::-1], widths[::-1], half) if ends[1][0] else 0
        if last - first < 2 or from_start[last - 1] - from_start[first] < half:
            first, last = 0, len(draft)
    kept = slice(first, last)
    if at_junction.any() and not at_junction.all():
        widths = np.interp(from_start, from_start[~at_junction], widths[~at_junction])
    shift = np.where(at_junction, 0.0, (left - right) / 2)[:, None]
    points = smooth_line((draft + across * shift)[kept], sigma, closed=ring)
    widths = smooth_line(widths[kept, None], sigma, closed=ring)[:, 0]
    counted = ~at_junction[kept]
    if not ring:
        start = _tip(points, half, canvas) if ends[0][0] else points[:0]
        end = _tip(points[::-1], half, canvas) if ends[1][0] else points[:0]
        if len(start):
            _level_tip(widths, distance_along(points) + _gap(start, points[:1]))
        if len(end):
            _level_tip(widths[::-1], distance_along(points[::-1]) + _gap(end, points[-1:]))
        line = np.concatenate([start, points, end])
        share = np.zeros(len(line))
        step = np.diff(distance_along(line)) / 2
        share[:-1] += step
        share[1:] += step
        if len(start):
            share[1] += share[0]
        if len(end):
            share[-2] += share[-1]
        share = share[len(start) : len(line) - len(end)]
        return _Line(line, points, widths, share, counted)
    return _Line(points, points, widths, np.ones(len(points)), counted)


def _gap(one: FloatArray, other: FloatArray) -> float:
    return float(np.hypot(*(one - other)[0]))


def _level_tip(widths: FloatArray, from_tip: FloatArray) -> None:
    """Keep the shape of a crack's end out of its width (in place).

    Towards a tip the width may fall, but not rise; the last half width has the width before it.
    """
    sound = np.flatnonzero(from_tip >= _TIP_WIDTHS * widths)
    if sound.size:
        np.minimum(widths[: sound[0]], widths[sound[0]], out=widths[: sound[0]])
        half_way = int(np.searchsorted(from_tip, from_tip[sound[0]] / 2))
        widths[:half_way] = widths[half_way]


def _cut(distance: FloatArray, widths: FloatArray, half: float) -> int:
    """Count the points to drop at a free end: there thinning runs into a corner of the crack's end."""
    inside = min(int(np.searchsorted(distance, half)), len(distance) - 1)
    return int(np.searchsorted(distance, min(half, float(widths[inside]) / 2)))


def _tip(points: FloatArray, half: float, canvas: Canvas) -> FloatArray:
    """Find where the line through the first points leaves the crack: shape (1, 2), or (0, 2) without a direction."""
    distance = distance_along(points[: int(4 * half) + 12])
    back = min(int(np.searchsorted(distance, max(6.0, 3.0 * half))), len(distance) - 1)
    direction = points[0] - points[back]
    norm = float(np.hypot(*direction))
    if norm == 0.0:
        return points[:0]
    direction = direction[None] / norm
    return points[:1] + direction * reach(canvas, points[:1], direction)[0]


def _summary(lines: list[_Line], region: Region) -> CrackMeasurement:
    length = sum(float(distance_along(line.points)[-1]) for line in lines)
    widths = np.concatenate([line.widths[line.counts] for line in lines])
    shares = np.concatenate([line.shares[line.counts] for line in lines])
    places = np.concatenate([line.measured_at[line.counts] for line in lines])
    if widths.size == 0:
        widths = np.array([region.area_px / max(length, 1.0)])
        places, shares = lines[0].points[:1], np.ones(1)
    steps = np.concatenate([np.diff(line.points, axis=0) for line in lines])
    origin = np.array([region.box.row, region.box.column], np.float64)
    widest = int(widths.argmax())
    at = places[widest] + origin
    return CrackMeasurement(
        length,
        float(np.average(widths, weights=shares)),
        float(np.median(widths)),
        float(np.quantile(widths, 0.95)),
        float(widths[widest]),
        (float(at[0]), float(at[1])),
        _orientation(steps),
        tuple(_polyline(line.points + origin) for line in lines),
    )


def _orientation(steps: FloatArray) -> float:
    """Principal direction of segments by the mean of their doubled angles, weighted by length."""
    weights = np.hypot(steps[:, 0], steps[:, 1])
    doubled = 2.0 * np.arctan2(-steps[:, 0], steps[:, 1])
    angle = 0.5 * np.arctan2((weights * np.sin(doubled)).sum(), (weights * np.cos(doubled)).sum())
    return float(np.degrees(angle)) % 180.0


def _polyline(points: FloatArray) -> Polyline:
    kept = cv2.approxPolyDP(points.astype(np.float32)[:, None], _SIMPLIFY_PX, closed=False)[:, 0]
    return tuple((float(row), float(column)) for row, column in kept)
