"""The longest way through a crack's centreline that takes no detour."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.graph import CentrelineGraph
from crackscope.measurement.lines import MeasuredLine

Links = list[list[tuple[int, float]]]
"""For each node the nodes beside it, and the lengths of the lines to them, in px."""

VIEWS = 48
"""So many directions are tried for the largest distance of points; it is then right within .03 %."""


@dataclass(frozen=True, slots=True)
class PiecePath:
    """The longest shortest path through one connected piece of a centreline.

    Parameters
    ----------
    length_px : float
    straight_px : float
        Between its ends if both are free ends of the crack, or else the largest distance of two points of the
        piece.
    """

    length_px: float
    straight_px: float


def longest_paths(graph: CentrelineGraph, lines: Sequence[MeasuredLine]) -> list[PiecePath]:
    """Find the longest shortest path through each piece of a centreline.

    It begins and ends at ends, junctions or the middles of lines; without loops, always at free ends. On a
    ring it is half way round.

    Parameters
    ----------
    graph : CentrelineGraph
        Of at least one edge.
    lines : sequence of MeasuredLine
        One for each edge of the graph, in the same order and direction.

    Returns
    -------
    list of PiecePath
        One for each piece that has a line.

    Notes
    -----
    Two sweeps: the place furthest from any node, and the place furthest from that one. On a tree that is the
    longest path; where there are loops it may fall short of it, and finding the longest would take a sweep
    from every place.

    References
    ----------
    Dijkstra (1959), "A note on two problems in connexion with graphs".
    Handler (1973), "Minimax location of a facility in an undirected tree graph": two sweeps.
    """
    links = _links(graph, lines)
    degrees = graph.degrees.tolist()
    tips: dict[int, FloatArray] = {}
    for edge, line in zip(graph.edges, lines, strict=True):
        tips |= {edge.start: line.points[0], edge.end: line.points[-1]}
    paths = []
    seen: set[int] = set()
    for node, degree in enumerate(degrees):
        if node in seen or degree == 0:
            continue
        distances = _distances(links, node)
        seen.update(distances)
        start = max(distances, key=distances.__getitem__)
        distances = _distances(links, start)
        end = max(distances, key=distances.__getitem__)
        if all(place < len(degrees) and degrees[place] == 1 for place in (start, end)):
            rows, columns = (tips[end] - tips[start]).tolist()
        else:
            own = [
                line.points for edge, line in zip(graph.edges, lines, strict=True) if edge.start in distances
            ]
            rows, columns = extent(np.concatenate(own))
        paths.append(PiecePath(distances[end], math.hypot(rows, columns)))
    return paths


def extent(points: FloatArray) -> tuple[float, float]:
    """Take the way between the two points that lie furthest apart.

    Parameters
    ----------
    points : float array, shape (N, 2)
        (row, column) in px, N at least 1.

    Returns
    -------
    rows, columns : float
        Within .03 % of the largest distance.

    Examples
    --------
    >>> rows, columns = extent(np.array([[0.0, 0.0], [3.0, 4.0], [2.0, 2.0]]))
    >>> abs(rows), abs(columns)
    (3.0, 4.0)
    """
    outline = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    seen = outline @ _VIEWS
    ways = outline[seen.argmax(axis=0)] - outline[seen.argmin(axis=0)]
    rows, columns = ways[int(np.hypot(ways[:, 0], ways[:, 1]).argmax())].tolist()
    return rows, columns


def _links(graph: CentrelineGraph, lines: Sequence[MeasuredLine]) -> Links:
    """Join nodes; the middles of lines are nodes too and come after the graph's own, in the lines' order."""
    links: Links = [[] for _ in range(len(graph.nodes) + len(lines))]
    for middle, (edge, line) in enumerate(zip(graph.edges, lines, strict=True), len(graph.nodes)):
        half = line.length_px / 2.0
        links[edge.start].append((middle, half))
        links[edge.end].append((middle, half))
        links[middle] += [(edge.start, half), (edge.end, half)]
    return links


def _distances(links: Links, start: int) -> dict[int, float]:
    """Length of the shortest path from a node to each of its piece."""
    found: dict[int, float] = {}
    waiting = [(0.0, start)]
    while waiting:
        distance, node = heapq.heappop(waiting)
        if node in found:
            continue
        found[node] = distance
        for other, length in links[node]:
            if other not in found:
                heapq.heappush(waiting, (distance + length, other))
    return found


_ANGLES = np.arange(VIEWS) * (np.pi / VIEWS)
_VIEWS = np.stack([np.sin(_ANGLES), np.cos(_ANGLES)])
