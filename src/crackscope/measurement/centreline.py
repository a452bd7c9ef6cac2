"""The centreline of a crack: its skeleton graph without the spurs that a ragged border makes."""

from __future__ import annotations

import cv2
import numpy as np

from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.graph import CentrelineGraph, Edge, trace
from crackscope.measurement.thinning import require_mask, thin_pixels
from crackscope.measurement.width import inscribed_radius

SPUR_PX = 5.0
SPUR_RADII = 0.75
"""A branch that stands out from the crack it leaves by less than this many of that crack's half widths is a spur."""


def thin(mask: BoolMask, *, spur_px: float = SPUR_PX) -> CentrelineGraph:
    """Reduce a crack mask to the graph of its centreline.

    Parameters
    ----------
    mask : bool array, shape (H, W)
        True on crack pixels.
    spur_px : float
        Side branches that stand out less than this from the crack they leave, in px, or less than `SPUR_RADII` of its
        half width there, are pruned.

    Returns
    -------
    CentrelineGraph
        Nodes are ends and junctions, edges are polylines of (row, column) in px. Empty for an empty mask.

    Raises
    ------
    ValueError
        If `mask` is not two-dimensional and boolean.

    References
    ----------
    Guo and Hall (1989), "Parallel thinning with two-subiteration algorithms".

    Examples
    --------
    >>> mask = np.zeros((20, 60), bool)
    >>> mask[8:13, 5:55] = True
    >>> len(thin(mask).edges)
    1
    """
    require_mask(mask)
    return centreline_graph(Canvas.from_mask(mask), spur_px=spur_px)


def centreline_graph(canvas: Canvas, *, spur_px: float = SPUR_PX) -> CentrelineGraph:
    """Thin a framed mask; see `thin`.

    Holes no larger than the square of the crack's mean width are flaws of the mask, not ways around: they are filled
    first.
    """
    graph, skeleton_px = _skeleton_graph(canvas)
    if len(graph.edges) >= len(graph.nodes) > 0:  # there is a loop
        filled = fill_holes(canvas, up_to_px=(np.count_nonzero(canvas.pixels) / skeleton_px) ** 2)
        if filled is not None:
            graph, _ = _skeleton_graph(filled)
    return prune(graph, canvas, spur_px=spur_px)


def _skeleton_graph(canvas: Canvas) -> tuple[CentrelineGraph, int]:
    indices = thin_pixels(canvas.pixels)
    thinned = np.zeros_like(canvas.pixels)
    thinned.reshape(-1)[indices] = 1
    return trace(thinned, indices), indices.size


def fill_holes(canvas: Canvas, *, up_to_px: float) -> Canvas | None:
    """Fill holes of up to so many pixels; None if there are none."""
    contours, levels = cv2.findContours(canvas.pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    small = [
        contour
        for contour, level in zip(contours, levels[0], strict=True)
        if level[3] >= 0 and cv2.contourArea(contour) - len(contour) / 2 + 1 <= up_to_px  # Pick: points inside
    ]
    if not small:
        return None
    pixels = canvas.pixels.copy()
    cv2.drawContours(pixels, small, -1, 1, cv2.FILLED)
    return Canvas(pixels)


def prune(graph: CentrelineGraph, canvas: Canvas, *, spur_px: float = SPUR_PX) -> CentrelineGraph:
    """Take spurs off a graph, again and again until there is none, and join the lines that then meet two by two.

    A spur ends free, and its end stands out from the disc inscribed at its junction by less than `spur_px` or
    `SPUR_RADII` of the disc's radius. Where all lines at a junction are spurs, the two longest stay.
    """
    while graph.degrees.max(initial=0) > 2:
        degrees = graph.degrees
        free = [i for i, edge in enumerate(graph.edges) if 1 in (degrees[edge.start], degrees[edge.end])]
        candidates = [i for i in free if max(degrees[graph.edges[i].start], degrees[graph.edges[i].end]) > 2]
        if not candidates:
            break
        junctions = [_junction(graph.edges[i], degrees[graph.edges[i].start] > 2) for i in candidates]
        tips = [_junction(graph.edges[i], degrees[graph.edges[i].start] == 1) for i in candidates]
        at_junction = inscribed_radius(canvas, graph.nodes[junctions])
        at_tip = inscribed_radius(canvas, graph.nodes[tips])
        lengths = np.array([graph.edges[i].length_px for i in candidates])
        stands_out = lengths + at_tip - at_junction
        limits = np.maximum(spur_px, SPUR_RADII * at_junction)
        spurs: dict[int, list[tuple[float, int]]] = {}
        for k in np.flatnonzero(stands_out < limits).tolist():
            spurs.setdefault(junctions[k], []).append((float(lengths[k]), candidates[k]))
        dropped: set[int] = set()
        for junction, found in spurs.items():
            found.sort()
            keep = 2 if len(found) == degrees[junction] else 0
            dropped.update(i for _, i in found[: len(found) - keep])
        if not dropped:
            break
        graph = _join(CentrelineGraph(graph.nodes, tuple(e for i, e in enumerate(graph.edges) if i not in dropped)))
    return graph


def _junction(edge: Edge, is_start: bool) -> int:
    return edge.start if is_start else edge.end


def _join(graph: CentrelineGraph) -> CentrelineGraph:
    """Join the two lines at every node that is no end, junction or ring; drop nodes without lines."""
    edges: dict[int, Edge] = dict(enumerate(graph.edges))
    at: dict[int, list[int]] = {}
    for i, edge in edges.items():
        at.setdefault(edge.start, []).append(i)
        at.setdefault(edge.end, []).append(i)
    for node, meeting in at.items():
        if len(meeting) != 2 or meeting[0] == meeting[1]:
            continue
        first, second = edges[meeting[0]], edges.pop(meeting[1])
        if first.end != node:
            first = Edge(first.end, first.start, first.points[::-1])
        if second.start != node:
            second = Edge(second.end, second.start, second.points[::-1])
        edges[meeting[0]] = Edge(first.start, second.end, np.concatenate([first.points, second.points[1:]]))
        others = at[second.end]
        others[others.index(meeting[1])] = meeting[0]
    used = sorted({node for edge in edges.values() for node in (edge.start, edge.end)})
    number = {node: i for i, node in enumerate(used)}
    nodes: FloatArray = graph.nodes[used].reshape(-1, 2)
    return CentrelineGraph(nodes, tuple(Edge(number[e.start], number[e.end], e.points) for e in edges.values()))
