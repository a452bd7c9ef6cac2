"""The centreline of a crack: its skeleton graph without the spurs that a ragged border makes."""

from __future__ import annotations

import cv2
import numpy as np

from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.graph import CentrelineGraph, Edge, trace
from crackscope.measurement.thinning import require_mask, thin_pixels

THICK_PX = 128
"""A crack wider than this is shrunk before thinning; its centreline is moved to the middle afterwards."""
SPUR_PX = 5.0
SPUR_RADII = 0.75
"""A branch that stands out from its crack by less than this many of the crack's half widths is a spur."""


def thin(mask: BoolMask, *, spur_px: float = SPUR_PX) -> CentrelineGraph:
    """Reduce a crack mask to the graph of its centreline.

    Parameters
    ----------
    mask : bool array, shape (H, W)
        True on crack pixels.
    spur_px : float
        Side branches that stand out less than this from the crack they leave, in px, or less than
        `SPUR_RADII` of its half width there, are pruned.

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

    Holes no larger than the square of the crack's mean width are flaws of the mask, not ways around: they
    are filled first.
    """
    factor = _shrinking(canvas)
    if factor > 1:
        graph = centreline_graph(_shrunk(canvas, factor), spur_px=spur_px / factor)
        edges = tuple(Edge(e.start, e.end, _enlarged(e.points, factor)) for e in graph.edges)
        return CentrelineGraph(_enlarged(graph.nodes, factor), edges, graph.radii_px * factor)
    indices = thin_pixels(canvas.pixels)
    graph = trace(indices, canvas)
    if _has_loop(graph):
        filled = fill_holes(canvas, up_to_px=(np.count_nonzero(canvas.pixels) / indices.size) ** 2)
        if filled is not None:
            graph = trace(thin_pixels(filled.pixels), filled)
    return prune(graph, spur_px=spur_px)


def _has_loop(graph: CentrelineGraph) -> bool:
    """Whether there are two ways from somewhere to somewhere; of a mask in several pieces too."""
    if len(graph.edges) >= len(graph.nodes) > 0:
        return True
    piece_of = list(range(len(graph.nodes)))

    def piece(node: int) -> int:
        while piece_of[node] != node:
            piece_of[node] = piece_of[piece_of[node]]
            node = piece_of[node]
        return node

    for edge in graph.edges:
        start, end = piece(edge.start), piece(edge.end)
        if start == end:
            return True
        piece_of[end] = start
    return False


def _shrinking(canvas: Canvas) -> int:
    """Whole number by which to shrink a mask before thinning: each px of width costs thinning a turn."""
    area = np.count_nonzero(canvas.pixels)
    if area < THICK_PX**2:
        return 1
    inner = cv2.erode(canvas.pixels, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    width = 2.0 * area / (area - np.count_nonzero(inner))
    return max(1, int(width / THICK_PX * 2.0)) if width > THICK_PX else 1


def _shrunk(canvas: Canvas, factor: int) -> Canvas:
    """Make one pixel of each block of pixels: crack where any of them is, so that nothing falls apart."""
    height, width = (-(-(side - 2) // factor) * factor for side in canvas.pixels.shape)
    blocks = np.zeros((height // factor, width // factor), np.uint8)
    for row in range(factor):
        line = canvas.pixels[1 + row : -1 : factor, 1:-1]
        padded = np.pad(line, ((0, 0), (0, width - line.shape[1])))
        blocks[: len(line)] |= padded.reshape(len(line), -1, factor).max(axis=2)
    return Canvas.from_mask(blocks.view(np.bool_))


def _enlarged(points: FloatArray, factor: int) -> FloatArray:
    """Bring points of a shrunk mask back to the middles of their blocks."""
    return points * factor + (factor - 1) / 2.0


def fill_holes(canvas: Canvas, *, up_to_px: float) -> Canvas | None:
    """Fill holes of up to so many pixels; None if there are none."""
    contours, levels = cv2.findContours(canvas.pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    small = [
        contour
        for contour, level in zip(contours, levels[0], strict=True)
        if level[3] >= 0
        and cv2.contourArea(contour) - len(contour) / 2 + 1 <= up_to_px  # Pick: points inside
    ]
    if not small:
        return None
    pixels = canvas.pixels.copy()
    cv2.drawContours(pixels, small, -1, 1, cv2.FILLED)
    return Canvas(pixels)


def prune(graph: CentrelineGraph, *, spur_px: float = SPUR_PX) -> CentrelineGraph:
    """Take spurs off a graph until there is none, and join the lines that then meet two by two.

    A spur ends free, and its end stands out from the disc inscribed at its junction by less than `spur_px` or
    `SPUR_RADII` of the disc's radius. Where all lines at a junction are spurs, the two longest stay.
    """
    while spurs := _spurs(graph, spur_px):
        kept = tuple(edge for i, edge in enumerate(graph.edges) if i not in spurs)
        graph = _join(CentrelineGraph(graph.nodes, kept, graph.radii_px))
    return graph


def _spurs(graph: CentrelineGraph, spur_px: float) -> set[int]:
    """Numbers of the edges to take off."""
    degrees, radii = graph.degrees.tolist(), graph.radii_px.tolist()
    at_junctions: dict[int, list[tuple[float, int]]] = {}
    for i, edge in enumerate(graph.edges):
        junction, tip = (edge.start, edge.end) if degrees[edge.end] == 1 else (edge.end, edge.start)
        if degrees[tip] != 1 or degrees[junction] < 3:
            continue
        length = edge.length_px
        if length + radii[tip] - radii[junction] < max(spur_px, SPUR_RADII * radii[junction]):
            at_junctions.setdefault(junction, []).append((length, i))
    spurs: set[int] = set()
    for junction, found in at_junctions.items():
        spared = 2 if len(found) == degrees[junction] else 0
        spurs.update(i for _, i in sorted(found)[: len(found) - spared])
    return spurs


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
    renumbered = tuple(Edge(number[e.start], number[e.end], e.points) for e in edges.values())
    return CentrelineGraph(graph.nodes[used], renumbered, graph.radii_px[used])
