"""The shape of one crack: how it branches, winds and runs, and the name of its pattern."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crackscope.measurement.directions import (
    angle_between,
    direction_histogram,
    main_direction,
    steady_steps_along,
)
from crackscope.measurement.graph import CentrelineGraph
from crackscope.measurement.lines import MeasuredLine
from crackscope.measurement.longest_path import PiecePath, extent, longest_paths

Pattern = Literal["longitudinal", "transverse", "diagonal", "branched", "map"]

UP_DEG = 90.0
"""The axis where none is given: photos of roads are mostly taken along the lane."""
BESIDE_AXIS_DEG = 30.0
"""So close to the axis a crack is longitudinal, so close to its normal transverse: thirds of the right angle.

The manual says "predominantly parallel" and "predominantly perpendicular" and no angle.
"""
OFF_PATH = 0.25
"""Share of a crack's length off its longest path from which on its branches make the pattern.

A shorter side line, or an island in a long crack, leaves it what it is without it.
"""
MAP_LOOPS = 2
"""Cells side by side: a single one is also made by a crack that parts and meets again."""
MAP_JUNCTIONS, MAP_AGREEMENT = 6, 0.5
"""A net that is not closed yet: so many junctions, and directions that agree no more than that.

Lines evenly spread over 110° agree by .5; a crack with as long side lines at 45° by .7.
"""
FEW_PX = 8.0
"""Shorter paths are not called winding: their ends are pixels."""
THINNING_PX = 2.0
"""So much further than their discs reach, crossing bands may thin to two junctions."""


@dataclass(frozen=True, slots=True)
class CrackShape:
    """What the centreline of a crack tells beside its length.

    Parameters
    ----------
    branches : int
        Lines between ends and junctions, without spurs; 1 for a plain crack or a ring.
    junctions : int
        Places where three lines or more meet. Two whose inscribed discs touch are one: lines that cross at
        an angle thin to two junctions with a short line between.
    loops : int
        Independent ways round: lines - nodes + pieces.
    tortuosity : float
        Length of the longest shortest path through the centreline, from free end to free end, over the
        straight distance of these ends; at least 1. Where it has no free ends, as in a ring or a net, it is
        divided by the largest distance of two points of the crack: π/2 for a circle, where it goes half way
        round. Of several pieces, the one with the longest path counts. 1 for a crack of a few pixels.
    orientation_histogram : tuple of 12 floats
        Share of length by direction, see `direction_histogram`.
    pattern : str
        ``"longitudinal"``, ``"transverse"``, ``"diagonal"``, ``"branched"`` or ``"map"``, see `crack_shape`.
    """

    branches: int
    junctions: int
    loops: int
    tortuosity: float
    orientation_histogram: tuple[float, ...]
    pattern: Pattern


def crack_shape(
    graph: CentrelineGraph, lines: Sequence[MeasuredLine], *, axis_deg: float = UP_DEG
) -> CrackShape:
    """Describe the shape of a crack by its measured lines.

    Where at least `OFF_PATH` of the length is off the longest path and there is a junction, the pattern is
    ``"map"`` (alligator) if the crack has `MAP_LOOPS` loops, or `MAP_JUNCTIONS` junctions and directions all
    round, and else ``"branched"``. Any other crack is named by the direction between its two points furthest
    apart: ``"longitudinal"`` within `BESIDE_AXIS_DEG` of the axis, ``"transverse"`` within so much of the
    axis's normal, else ``"diagonal"``.

    Parameters
    ----------
    graph : CentrelineGraph
        Of at least one node.
    lines : sequence of MeasuredLine
        As `measure_lines` makes them of the graph: one for each edge, or one for a crack that thinned to a
        point.
    axis_deg : float
        Direction of travel, or of the member; 0 = horizontal, counter-clockwise as seen.

    Returns
    -------
    CrackShape

    Raises
    ------
    ValueError
        If the axis is not a finite number.

    References
    ----------
    Miller and Bellinger (2014), "Distress Identification Manual for the Long-Term Pavement Performance
    Program", FHWA-HRT-13-092: longitudinal, transverse and fatigue (alligator) cracking.

    Examples
    --------
    >>> from crackscope.measurement.canvas import Canvas
    >>> from crackscope.measurement.centreline import centreline_graph
    >>> from crackscope.measurement.lines import measure_lines
    >>> mask = np.zeros((60, 80), bool)
    >>> mask[40:43, 5:75] = mask[5:42, 38:41] = True
    >>> canvas = Canvas.from_mask(mask)
    >>> graph = centreline_graph(canvas)
    >>> shape = crack_shape(graph, measure_lines(graph, canvas))
    >>> shape.branches, shape.junctions, shape.loops, shape.pattern
    (3, 1, 0, 'branched')
    """
    check_axis(axis_deg)
    length = sum(line.length_px for line in lines)
    paths = longest_paths(graph, lines) if graph.edges else [PiecePath(length, length)]
    off_path = 1.0 - sum(path.length_px for path in paths) / length if length > 0.0 else 0.0
    branches, junctions = _branching(graph) if len(lines) > 1 else (1, 0)
    loops = len(graph.edges) - int(np.count_nonzero(graph.degrees)) + len(paths) if graph.edges else 0
    points = [line.points for line in lines]
    steps = steady_steps_along(points)
    pattern: Pattern
    if junctions and off_path >= OFF_PATH:
        spread = junctions >= MAP_JUNCTIONS and main_direction(steps)[1] < MAP_AGREEMENT
        pattern = "map" if loops >= MAP_LOOPS or spread else "branched"
    else:
        rows, columns = extent(np.concatenate(points))
        pattern = _by_direction(math.degrees(math.atan2(-rows, columns)), axis_deg)
    return CrackShape(
        branches=branches,
        junctions=junctions,
        loops=loops,
        tortuosity=_tortuosity(max(paths, key=lambda path: path.length_px)),
        orientation_histogram=direction_histogram(steps),
        pattern=pattern,
    )


def check_axis(axis_deg: float) -> None:
    """Refuse an axis that is no direction.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> check_axis(90.0)
    """
    if not math.isfinite(axis_deg):
        raise ValueError(f"an axis of {axis_deg}° is no direction; give degrees, 0 = horizontal, 90 = up")


def _by_direction(direction_deg: float, axis_deg: float) -> Pattern:
    aside = angle_between(direction_deg, axis_deg)
    if aside <= BESIDE_AXIS_DEG:
        return "longitudinal"
    return "transverse" if aside >= 90.0 - BESIDE_AXIS_DEG else "diagonal"


def _tortuosity(path: PiecePath) -> float:
    if path.length_px < FEW_PX:
        return 1.0
    return max(1.0, path.length_px / max(path.straight_px, 1.0))


def _branching(graph: CentrelineGraph) -> tuple[int, int]:
    """Count lines and junctions, with junctions whose discs touch taken together."""
    degrees, radii = graph.degrees.tolist(), graph.radii_px.tolist()
    group = list(range(len(degrees)))
    inner = 0
    for edge in graph.edges:
        if min(degrees[edge.start], degrees[edge.end]) < 3:
            continue
        start, end = _first_of(group, edge.start), _first_of(group, edge.end)
        if start != end and edge.length_px <= radii[edge.start] + radii[edge.end] + THINNING_PX:
            group[end] = start
            inner += 1
    meeting: dict[int, int] = {}
    for node, degree in enumerate(degrees):
        first = _first_of(group, node)
        meeting[first] = meeting.get(first, 2) + degree - 2  # each line taken away had two ends
    return len(graph.edges) - inner, sum(lines >= 3 for lines in meeting.values())


def _first_of(group: list[int], node: int) -> int:
    while group[node] != node:
        group[node] = group[group[node]]
        node = group[node]
    return node
