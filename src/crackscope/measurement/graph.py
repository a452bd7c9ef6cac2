"""Turn a skeleton's pixels into a graph: ends and junctions, joined by chains of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.thinning import neighbour_codes, neighbour_offsets
from crackscope.measurement.width import inscribed_radius


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A line between two nodes.

    Parameters
    ----------
    start, end : int
        Numbers of its nodes; equal for a closed line.
    points : float array, shape (N, 2)
        (row, column) in px, from the start node to the end node, both included.
    """

    start: int
    end: int
    points: FloatArray

    @property
    def length_px(self) -> float:
        """Length of the line through the points."""
        steps = np.diff(self.points, axis=0)
        return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


@dataclass(frozen=True, slots=True, eq=False)
class CentrelineGraph:
    """Ends and junctions of a crack, and the lines between them.

    Parameters
    ----------
    nodes : float array, shape (N, 2)
        (row, column) in px; the centre of the first pixel is (0, 0). A ring has one node, anywhere on it.
    edges : tuple of Edge
    radii_px : float array, shape (N,)
        Radius of the largest disc around each node that lies in the crack.
    """

    nodes: FloatArray
    edges: tuple[Edge, ...]
    radii_px: FloatArray

    @property
    def degrees(self) -> NDArray[np.intp]:
        """Number of line ends at each node: 1 at an end, 2 on a ring, 3 or more at a junction."""
        ends = [node for edge in self.edges for node in (edge.start, edge.end)]
        return np.bincount(np.array(ends, np.intp), minlength=len(self.nodes))

    @property
    def length_px(self) -> float:
        """Length of all lines together."""
        return sum(edge.length_px for edge in self.edges)


def trace(indices: NDArray[np.intp], canvas: Canvas) -> CentrelineGraph:
    """Follow the lines of a skeleton.

    Pixels that touch by a corner only are joined where no common neighbour joins them already, so that a
    staircase is a plain line; junction pixels that touch are one junction, at their mean.

    Parameters
    ----------
    indices : int array, shape (N,)
        The skeleton's pixels, as flat indices of the canvas, ascending.
    canvas : Canvas
        The mask it was thinned from.

    Returns
    -------
    CentrelineGraph
        In pixels of the mask inside the frame.
    """
    if indices.size == 0:
        return CentrelineGraph(np.empty((0, 2)), (), np.empty(0))
    stride = canvas.pixels.shape[1]
    skeleton = np.zeros(canvas.pixels.size, np.uint8)
    skeleton[indices] = 1
    steps = neighbour_offsets(stride)
    links = _LINKS.take(neighbour_codes(skeleton, indices, steps))
    degree = _COUNT.take(links)
    one = np.searchsorted(indices, indices + steps.take(_FIRST.take(links))).tolist()
    two = np.searchsorted(indices, indices + steps.take(_LAST.take(links))).tolist()
    special = np.flatnonzero(degree != 2)
    around = np.searchsorted(indices, indices[special][:, None] + steps).tolist()
    exits = {
        pixel: [beside[k] for k in range(8) if link >> k & 1]
        for pixel, link, beside in zip(special.tolist(), links[special].tolist(), around, strict=True)
    }
    node_of = _group_junctions(exits)
    place = np.stack(np.divmod(indices, stride), axis=1).astype(np.float64) - 1.0
    members: dict[int, list[int]] = {}
    for pixel, node in node_of.items():
        members.setdefault(node, []).append(pixel)
    nodes = [place[pixels].mean(axis=0) for pixels in members.values()]

    seen = bytearray(indices.size)
    chains = []
    walked: set[tuple[int, int]] = set()
    for pixel, nexts in exits.items():
        for following in nexts:
            if node_of.get(following) == node_of[pixel] or (pixel, following) in walked:
                continue
            chain = _walk(pixel, following, one, two, node_of)
            walked.add((chain[-1], chain[-2]))
            for passed in chain[1:-1]:
                seen[passed] = 1
            chains.append((node_of[pixel], node_of[chain[-1]], chain))
    edges = [
        Edge(start, end, np.concatenate([nodes[start][None], place[chain[1:-1]], nodes[end][None]]))
        for start, end, chain in chains
    ]
    for pixel in np.flatnonzero((np.frombuffer(seen, np.uint8) == 0) & (degree == 2)).tolist():
        if not seen[pixel]:
            ring = _walk(pixel, one[pixel], one, two, {pixel: 0})
            for passed in ring:
                seen[passed] = 1
            nodes.append(place[pixel])
            edges.append(Edge(len(nodes) - 1, len(nodes) - 1, place[ring]))
    found = np.array(nodes).reshape(-1, 2)
    return CentrelineGraph(found, tuple(edges), inscribed_radius(canvas, found))


def _walk(
    pixel: int, following: int, one: Sequence[int], two: Sequence[int], node_of: dict[int, int]
) -> list[int]:
    """Follow a line from a node's pixel to the next node's pixel."""
    chain = [pixel, following]
    while following not in node_of:
        beyond = two[following] if one[following] == pixel else one[following]
        pixel, following = following, beyond
        chain.append(following)
    return chain


def _group_junctions(exits: dict[int, list[int]]) -> dict[int, int]:
    """Number the nodes: touching junction pixels get one number."""
    node_of: dict[int, int] = {}
    number = 0
    for pixel in exits:
        if pixel in node_of:
            continue
        waiting = [pixel]
        node_of[pixel] = number
        while waiting:
            current = waiting.pop()
            if len(exits[current]) < 3:
                continue
            for other in exits[current]:
                if other not in node_of and len(exits.get(other, ())) >= 3:
                    node_of[other] = number
                    waiting.append(other)
        number += 1
    return node_of


def _link_tables() -> tuple[NDArray[np.uint8], ...]:
    """For each neighbour code: its links without superfluous corners, their number, first and last."""
    code = np.arange(256)
    bits = [(code >> k) & 1 for k in range(8)]
    links = np.zeros(256, np.int64)
    for k in range(8):
        needed = bits[k] if k % 2 == 0 else bits[k] & (1 - bits[k - 1]) & (1 - bits[(k + 1) % 8])
        links |= needed << k
    kept = (links[:, None] >> np.arange(8)) & 1
    count = kept.sum(axis=1)
    first = np.where(count > 0, kept.argmax(axis=1), 0)
    last = np.where(count > 0, 7 - kept[:, ::-1].argmax(axis=1), 0)
    return tuple(table.astype(np.uint8) for table in (links, count, first, last))


_LINKS, _COUNT, _FIRST, _LAST = _link_tables()
