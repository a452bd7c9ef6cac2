import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from skimage.measure import euler_number, label

from crackscope.measurement.canvas import Canvas
from crackscope.measurement.graph import trace
from crackscope.measurement.thinning import skeleton, thin_pixels


@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=16)))
@settings(max_examples=150, deadline=None)
def test_the_graph_has_the_pieces_and_loops_of_its_mask(mask: np.ndarray) -> None:
    canvas = Canvas.from_mask(mask)
    graph = trace(thin_pixels(canvas.pixels), canvas)
    parent = list(range(len(graph.nodes)))

    def root(node: int) -> int:
        return node if parent[node] == node else root(parent[node])

    for edge in graph.edges:
        parent[root(edge.start)] = root(edge.end)
    pieces = len({root(node) for node in range(len(graph.nodes))})
    assert pieces == label(mask, connectivity=2).max()
    # Junction pixels that touch are one node, so a loop of nothing but junction pixels leaves no trace.
    assert len(graph.nodes) - len(graph.edges) >= euler_number(np.pad(skeleton(mask), 1), connectivity=2)


@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=16)))
@settings(max_examples=100, deadline=None)
def test_every_edge_runs_over_the_skeleton_from_node_to_node(mask: np.ndarray) -> None:
    canvas, thinned = Canvas.from_mask(mask), skeleton(mask)
    graph = trace(thin_pixels(canvas.pixels), canvas)
    for edge in graph.edges:
        assert np.array_equal(edge.points[0], graph.nodes[edge.start])
        assert np.array_equal(edge.points[-1], graph.nodes[edge.end])
        inner = edge.points[1:-1].astype(int)
        assert thinned[inner[:, 0], inner[:, 1]].all()
        assert (abs(np.diff(inner, axis=0)) <= 1).all()


def test_a_staircase_is_a_plain_line() -> None:
    mask = np.zeros((12, 12), bool)
    for i in range(10):
        mask[i, i] = mask[i, i + 1] = True
    canvas = Canvas.from_mask(mask)
    assert len(trace(np.flatnonzero(canvas.pixels), canvas).edges) == 1


def test_a_nodes_radius_is_its_distance_to_the_border() -> None:
    row, column = np.mgrid[:40, :40] - 20
    canvas = Canvas.from_mask(np.hypot(row, column) <= 12)
    graph = trace(thin_pixels(canvas.pixels), canvas)
    off_centre = np.hypot(*(graph.nodes - 20).T)
    assert graph.radii_px == pytest.approx(12 - off_centre, abs=0.5)
