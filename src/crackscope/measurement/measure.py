"""Length, width and direction of one crack."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.centreline import centreline_graph
from crackscope.measurement.lines import measure_lines
from crackscope.measurement.region import Region

Polyline = tuple[tuple[float, float], ...]

SIMPLIFY_PX = 0.5


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
    lines = measure_lines(centreline_graph(canvas), canvas)
    length = sum(line.length_px for line in lines)
    origin = np.array([region.box.row, region.box.column], np.float64)
    widths = np.concatenate([line.widths for line in lines])
    shares = np.concatenate([line.shares for line in lines])
    places = np.concatenate([line.width_places for line in lines])
    if widths.size == 0:  # nothing but junctions
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
