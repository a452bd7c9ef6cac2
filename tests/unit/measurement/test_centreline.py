import math

import numpy as np
import pytest

from crackscope.imaging.synthetic import draw_mask, straight_crack
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.centreline import THICK_PX, fill_holes, thin


def cross() -> np.ndarray:
    return draw_mask(
        [straight_crack((100, 20), (100, 180), 5), straight_crack((20, 100), (180, 100), 5)],
        height=200,
        width=200,
    )


@pytest.mark.parametrize("width_px", [1, 2, 3, 5, 8, 13, 20])
@pytest.mark.parametrize("angle_deg", [0, 17, 45, 90, 123])
def test_a_straight_crack_has_one_edge_without_spurs(width_px: int, angle_deg: int) -> None:
    reach = 80 * np.array([math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))])
    crack = straight_crack(tuple(100.3 - reach), tuple(100.3 + reach), max(width_px, 1.5))
    graph = thin(draw_mask([crack], height=200, width=200))
    assert len(graph.edges) == 1
    assert sorted(graph.degrees) == [1, 1]


def test_a_cross_has_four_arms() -> None:
    graph = thin(cross())
    assert len(graph.edges) == 4
    assert sorted(graph.degrees) == [1, 1, 1, 1, 4]
    assert graph.nodes[graph.degrees == 4][0] == pytest.approx([100, 100], abs=1)


def test_a_ring_is_one_closed_edge() -> None:
    row, column = np.mgrid[:100, :100] - 50
    graph = thin(abs(np.hypot(row, column) - 40) <= 2)
    assert len(graph.nodes) == 1
    (edge,) = graph.edges
    assert edge.start == edge.end
    assert np.array_equal(edge.points[0], edge.points[-1])


def test_a_comb_keeps_all_its_teeth() -> None:
    mask = np.zeros((60, 200), bool)
    mask[50:54, 5:195] = True
    for column in range(20, 180, 10):
        mask[10:54, column : column + 3] = True
    assert int((thin(mask).degrees == 1).sum()) == 16 + 2


def test_bumps_on_the_border_of_a_crack_are_no_branches() -> None:
    mask = np.zeros((60, 300), bool)
    mask[25:35, 10:290] = True
    for column in range(30, 270, 20):
        mask[21:25, column : column + 3] = True
    assert len(thin(mask).edges) == 1


def test_spur_length_is_the_callers_choice() -> None:
    mask = np.zeros((60, 200), bool)
    mask[40:43, 10:190] = True
    mask[30:43, 100:103] = True
    assert len(thin(mask, spur_px=5).edges) == 3
    assert len(thin(mask, spur_px=15).edges) == 1


def test_pinholes_are_not_gone_around() -> None:
    mask = np.zeros((60, 200), bool)
    mask[20:32, 10:190] = True
    mask[26, 50] = mask[24:26, 100:103] = False
    assert len(thin(mask).edges) == 1


def test_fill_holes_counts_the_pixels_of_a_hole() -> None:
    mask = np.ones((20, 40), bool)
    mask[5:8, 5:9] = False
    mask[5:10, 20:30] = False
    assert fill_holes(Canvas.from_mask(mask), up_to_px=11) is None
    filled = fill_holes(Canvas.from_mask(mask), up_to_px=12)
    assert filled is not None
    assert int((filled.pixels == 0).sum() - (2 * 42 + 2 * 20)) == 50


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 3)])
def test_a_blob_is_one_node(shape: tuple[int, int]) -> None:
    graph = thin(np.ones(shape, bool))
    assert (len(graph.nodes), len(graph.edges)) == (1, 0)


def test_an_empty_mask_has_an_empty_graph() -> None:
    graph = thin(np.zeros((5, 5), bool))
    assert (len(graph.nodes), len(graph.edges), graph.length_px) == (0, 0, 0)


def test_a_very_thick_bar_is_thinned_on_a_coarser_grid() -> None:
    mask = np.zeros((600, 1500), bool)
    mask[100 : 100 + 3 * THICK_PX, 50:1450] = True
    graph = thin(mask)
    assert len(graph.edges) == 1
    middle = graph.edges[0].points[len(graph.edges[0].points) // 2]
    assert middle[0] == pytest.approx(99.5 + 1.5 * THICK_PX, abs=8)


def test_only_a_mask_is_thinned_to_a_graph() -> None:
    with pytest.raises(ValueError, match="bool array"):
        thin(np.zeros((3, 3)))
