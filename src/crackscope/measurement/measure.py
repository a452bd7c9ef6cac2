"""Length, width and direction of one crack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.centreline import centreline_graph, fill_holes
from crackscope.measurement.graph import CentrelineGraph
from crackscope.measurement.lines import MeasuredLine, measure_lines
from crackscope.measurement.region import Region
from crackscope.measurement.width import inscribed_radius

Polyline = tuple[tuple[float, float], ...]

SIMPLIFY_PX = 0.5
CROSSING = 2.0**0.5
"""Diameter of the disc inscribed where two bands cross at right angles, in widths of the bands."""
CROSSING_PX = 1.0


@dataclass(frozen=True, slots=True)
class CrackMeasurement:
    """What is measured of one crack; lengths in px.

    Parameters
    ----------
    length_px : float
        Along the centreline, all branches, from tip to tip.
    mean_width_px, median_width_px, p95_width_px, max_width_px : float
        Across the centreline, away from junctions and tips. Where that leaves out most of the crack, or its
        widest part, the largest discs that fit into the crack there count as well.
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

    The mask is thinned to a graph, its lines are smoothed to sub-pixel accuracy and led on to the crack's
    tips, and widths are taken at right angles to them.

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
    canvas = _without_flaws(canvas, graph) or canvas
    lines = measure_lines(graph, canvas)
    length = sum(line.length_px for line in lines)
    origin = np.array([region.box.row, region.box.column], np.float64)
    widths, shares, places = _widths(lines, graph, canvas)
    if widths.size == 0:  # a crack of a few pixels
        widths, shares, places = np.array([region.area_px / length]), np.ones(1), lines[0].points[:1]
    widest = int(widths.argmax())
    row, column = (places[widest] + origin).tolist()
    return CrackMeasurement(
        length_px=length,
        mean_width_px=float(np.average(widths, weights=shares)),
        median_width_px=float(np.median(widths)),
        p95_width_px=float(np.quantile(widths, 0.95)),
        max_width_px=float(widths[widest]),
        max_width_at=(row, column),
        orientation_deg=_orientation(np.concatenate([np.diff(line.points, axis=0) for line in lines])),
        centreline=tuple(_polyline(line.points + origin) for line in lines),
    )


def _without_flaws(canvas: Canvas, graph: CentrelineGraph) -> Canvas | None:
    """Fill the holes that thinning passes over, so that they do not halve the width beside them."""
    length = sum(edge.length_px for edge in graph.edges)
    if length == 0.0:
        return None
    return fill_holes(canvas, up_to_px=(np.count_nonzero(canvas.pixels) / length) ** 2)


def _widths(
    lines: Sequence[MeasuredLine], graph: CentrelineGraph, canvas: Canvas
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gather widths, the lengths of line they stand for, and their places.

    Near junctions the width across a line is that of its branches, too, so those places are left out. In a
    wide crack with a ragged border, though, little else may be left but its thinnest ends. Then the discs
    inscribed near junctions count: all of them where less than half of the line is left, and the largest
    where it is wider than where two branches of the largest width cross (√2 times as wide).
    """
    widths = np.concatenate([line.widths for line in lines])
    shares = np.concatenate([line.shares for line in lines])
    places = np.concatenate([line.width_places for line in lines])
    left_out = np.concatenate([line.junction_shares for line in lines])
    mostly_junctions = shares.sum() < left_out.sum()
    widest = widths.max(initial=0.0)
    if left_out.size == 0 or not (
        mostly_junctions or 2.0 * graph.radii_px.max() > CROSSING * widest + CROSSING_PX
    ):
        return widths, shares, places
    discs_at = np.concatenate([line.junction_places for line in lines])
    discs = 2.0 * inscribed_radius(canvas, discs_at)
    if mostly_junctions:
        kept = discs > 0.0
    else:
        kept = (discs > CROSSING * widest + CROSSING_PX) & (discs == discs.max())
    return (
        np.concatenate([widths, discs[kept]]),
        np.concatenate([shares, left_out[kept]]),
        np.concatenate([places, discs_at[kept]]),
    )


def _orientation(steps: FloatArray) -> float:
    """Principal direction of segments by the mean of their doubled angles, weighted by length."""
    weights = np.hypot(steps[:, 0], steps[:, 1])
    doubled = 2.0 * np.arctan2(-steps[:, 0], steps[:, 1])
    angle = 0.5 * np.arctan2((weights * np.sin(doubled)).sum(), (weights * np.cos(doubled)).sum())
    degrees = float(np.degrees(angle)) % 180.0
    return degrees if degrees < 180.0 else 0.0  # a tiny negative angle rounds up to 180


def _polyline(points: FloatArray) -> Polyline:
    kept = cv2.approxPolyDP(points.astype(np.float32)[:, None], SIMPLIFY_PX, closed=False)[:, 0]
    if not np.array_equal(
        kept[-1], points[-1].astype(np.float32)
    ):  # left out where a line ends near its start
        kept = np.concatenate([kept, points[-1:]])
    return tuple((round(row, 2), round(column, 2)) for row, column in kept.tolist())
