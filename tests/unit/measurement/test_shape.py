import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.imaging.crack_shape import line_of
from crackscope.imaging.rle import RunLengthMask
from crackscope.imaging.synthetic import draw_mask, straight_crack
from crackscope.measurement.graph import CentrelineGraph, Edge
from crackscope.measurement.lines import MeasuredLine
from crackscope.measurement.measure import measure, measure_cracks
from crackscope.measurement.region import Region
from crackscope.measurement.shape import CrackShape, crack_shape

Point = tuple[float, float]


def shape_of(mask: np.ndarray, *, axis_deg: float = 90.0) -> CrackShape:
    """The shape of a mask taken as one crack, in however many pieces."""
    runs = RunLengthMask.from_mask(mask)
    box = runs.bounding_box()
    assert box is not None
    return measure(Region(box, runs, runs.area, 0.9, 0.9), axis_deg=axis_deg).shape


def drawn(*lines: tuple[Point, Point], width_px: float = 4, size: int = 320) -> np.ndarray:
    """Straight lines from (row, column) to (row, column)."""
    cracks = [straight_crack(start, end, width_px) for start, end in lines]
    return draw_mask(cracks, height=size, width=size)


def ray(angle_deg: float, length_px: float, start: Point = (160.3, 160.1)) -> tuple[Point, Point]:
    """A line from a point, counter-clockwise from horizontal."""
    angle = math.radians(angle_deg)
    return start, (start[0] - length_px * math.sin(angle), start[1] + length_px * math.cos(angle))


def bar(angle_deg: float, width_px: float = 4, length_px: float = 240) -> np.ndarray:
    tip = ray(angle_deg + 180, length_px / 2)[1]
    return drawn(ray(angle_deg, length_px, tip), width_px=width_px)


def arc(turn_deg: float, width_px: float = 4, radius_px: float = 120) -> np.ndarray:
    angles = np.radians(np.linspace(0, turn_deg, 400))
    points = 160 + radius_px * np.column_stack([-np.sin(angles), np.cos(angles)])
    return draw_mask([line_of(points, width_px)], height=320, width=320)


def grid(count: int = 5, apart_px: float = 50) -> np.ndarray:
    """Lines both ways, a little aslant and beyond each other, as the net of an alligator's back."""
    near, far = 30.0, 50 + apart_px * (count - 1)
    at = [40 + apart_px * k for k in range(count)]
    down = [((near, a), (far, a + 6)) for a in at]
    return drawn(*down, *(((a, near), (a - 4, far)) for a in at))


@pytest.mark.parametrize("width_px", [2, 3, 4, 7, 15])
@pytest.mark.parametrize("angle_deg", range(0, 360, 15))
def test_all_length_of_a_straight_bar_is_in_the_bin_of_its_direction(angle_deg: int, width_px: int) -> None:
    histogram = shape_of(bar(angle_deg, width_px)).orientation_histogram
    assert sum(histogram) == pytest.approx(1)
    assert histogram[angle_deg // 15 % 12] >= 0.99


@pytest.mark.parametrize("width_px", [2, 5, 12])
@pytest.mark.parametrize("angle_deg", [0, 4, 17, 26.57, 33, 45, 58, 71, 90, 104, 135, 167])
def test_a_straight_bar_does_not_wind(angle_deg: float, width_px: float) -> None:
    shape = shape_of(bar(angle_deg, width_px))
    assert (shape.branches, shape.junctions, shape.loops) == (1, 0, 0)
    assert 1 <= shape.tortuosity < 1.01


@pytest.mark.parametrize("axis_deg", [0.0, 90.0, 20.0, 270.0, -160.0])
@pytest.mark.parametrize("aside_deg", [0, 25, -25, 35, 45, -45, 55, 65, -65, 90])
def test_a_bar_is_named_by_its_angle_to_the_axis(axis_deg: float, aside_deg: int) -> None:
    names = {0: "longitudinal", 25: "longitudinal", 65: "transverse", 90: "transverse"}
    pattern = shape_of(bar(axis_deg + aside_deg), axis_deg=axis_deg).pattern
    assert pattern == names.get(abs(aside_deg), "diagonal")


def test_up_in_the_photo_is_longitudinal_where_no_axis_is_given() -> None:
    upright = RunLengthMask.from_mask(bar(90))
    box = upright.bounding_box()
    assert box is not None
    assert measure_cracks([Region(box, upright, upright.area, 0.9, 0.9)])[0].shape.pattern == "longitudinal"


@pytest.mark.parametrize("axis_deg", [math.nan, math.inf])
def test_an_axis_that_is_no_direction_is_refused(axis_deg: float) -> None:
    with pytest.raises(ValueError, match="give degrees"):
        measure_cracks([], axis_deg=axis_deg)


@pytest.mark.parametrize("width_px", [2, 4, 8])
def test_a_half_circle_winds_by_half_pi(width_px: float) -> None:
    shape = shape_of(arc(180, width_px))
    assert shape.tortuosity == pytest.approx(math.pi / 2, rel=0.01)
    assert shape.pattern == "transverse"  # from end to end it runs across


def test_a_right_angle_winds_by_root_two_and_runs_from_end_to_end() -> None:
    shape = shape_of(drawn(ray(0, 120), ray(90, 120)))
    assert shape.tortuosity == pytest.approx(math.sqrt(2), rel=0.02)
    assert (shape.branches, shape.junctions, shape.pattern) == (1, 0, "diagonal")


@pytest.mark.parametrize("width_px", [1.5, 5, 9])
def test_a_ring_has_one_loop_and_winds_by_half_its_way_round_over_its_diameter(width_px: float) -> None:
    shape = shape_of(arc(360, width_px))
    assert (shape.branches, shape.junctions, shape.loops) == (1, 0, 1)
    assert shape.tortuosity == pytest.approx(math.pi / 2, rel=0.01)
    assert shape.pattern in ("longitudinal", "transverse", "diagonal")


def test_a_loop_on_a_stalk_winds_from_the_stalks_end_to_the_far_side_of_the_loop() -> None:
    angles = np.radians(np.linspace(0, 360, 400))
    loop = line_of(np.array([110.0, 160.0]) + 60 * np.column_stack([-np.cos(angles), np.sin(angles)]), 4)
    stalk = straight_crack((170.0, 160.0), (290.0, 160.0), 4)
    shape = shape_of(draw_mask([loop, stalk], height=320, width=320))
    assert (shape.branches, shape.junctions, shape.loops) == (2, 1, 1)
    assert shape.tortuosity == pytest.approx((120 + 60 * math.pi) / 240, rel=0.02)


@pytest.mark.parametrize("width_px", [2, 3, 5, 9])
def test_no_direction_of_a_circle_is_favoured(width_px: float) -> None:
    radii_px = np.linspace(80.2, 149.7, 12)
    shares = 12 * np.array(
        [shape_of(arc(360, width_px, radius)).orientation_histogram for radius in radii_px]
    )
    assert shares == pytest.approx(1, abs=0.2)  # on each side of the circle a bin holds but 21 to 39 px
    assert shares[radii_px > 130] == pytest.approx(1, abs=0.1)
    # Rows, columns and diagonals of the grid are bins 0, 3, 6 and 9.
    assert shares.reshape(-1, 4, 3).mean(axis=(0, 1)) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    "angles_deg", [(0, 180, 270), (0, 180, 90), (90, 210, 330), (20, 140, 260), (0, 120, 180)]
)
@pytest.mark.parametrize("width_px", [2, 5, 10])
def test_three_arms_meet_at_one_junction(angles_deg: tuple[int, ...], width_px: float) -> None:
    shape = shape_of(drawn(*(ray(angle, 110) for angle in angles_deg), width_px=width_px))
    assert (shape.branches, shape.junctions, shape.loops) == (3, 1, 0)
    assert shape.pattern == "branched"


@pytest.mark.parametrize("cross_deg", [90, 75, 60])
@pytest.mark.parametrize("turn_deg", [0, 10, 30, 45])
@pytest.mark.parametrize("width_px", [2, 5, 15])
def test_a_crossing_is_one_junction_of_four_arms(turn_deg: int, cross_deg: int, width_px: float) -> None:
    angles = (turn_deg, turn_deg + 180, turn_deg + cross_deg, turn_deg + cross_deg + 180)
    shape = shape_of(drawn(*(ray(angle, 120) for angle in angles), width_px=width_px))
    assert (shape.branches, shape.junctions, shape.loops) == (4, 1, 0)


def test_a_short_side_line_does_not_make_a_crack_branched() -> None:
    shape = shape_of(drawn(ray(90, 120), ray(270, 120), ray(0, 50)))
    assert (shape.branches, shape.junctions, shape.pattern) == (3, 1, "longitudinal")
    assert shape.tortuosity == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("count", [3, 4, 5])
def test_a_net_of_cells_is_a_map(count: int) -> None:
    shape = shape_of(grid(count))
    assert shape.loops == (count - 1) ** 2
    assert shape.pattern == "map"
    assert 1 <= shape.tortuosity < 1.6  # along the sides, over the diagonal


def test_a_net_that_is_not_closed_yet_is_a_map() -> None:
    lines = [ray(0, 120), ray(180, 120)]
    for column in (70.0, 110.0, 150.0, 190.0, 230.0, 260.0):
        lines.append(ray(90 if column % 20 else 270, 60, (160.0, column)))
    shape = shape_of(drawn(*lines))
    assert (shape.junctions, shape.loops, shape.pattern) == (6, 0, "map")


def test_a_long_crack_around_two_islands_is_no_map() -> None:
    mask = np.zeros((400, 80), bool)
    mask[10:390, 36:44] = True
    for row in (120, 260):
        mask[row : row + 24, 26:54] = True
        mask[row + 6 : row + 18, 33:47] = False
    shape = shape_of(mask)
    assert (shape.loops, shape.pattern) == (2, "longitudinal")


def test_a_dashed_crack_is_named_as_a_whole() -> None:
    dashes = [ray(0, 40, (60.0 + 25 * k, 140.0)) for k in range(9)]
    shape = shape_of(drawn(*dashes))
    assert (shape.branches, shape.loops, shape.pattern) == (9, 0, "longitudinal")
    assert shape.tortuosity == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("side_px", [1, 2, 3, 60])
def test_a_pixel_and_a_solid_square_have_a_shape(side_px: int) -> None:
    shape = shape_of(np.pad(np.ones((side_px, side_px), bool), 3))
    assert (shape.loops, sum(shape.orientation_histogram)) == (0, pytest.approx(1))
    assert 1 <= shape.tortuosity < 1.6
    assert side_px > 10 or (shape.branches, shape.junctions, shape.tortuosity) == (1, 0, 1.0)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0.05, 0.9))
def test_every_mask_has_a_consistent_shape(seed: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((24, 30)) < share
    mask[12, 15] = True
    shape = shape_of(mask)
    assert shape.branches >= 1
    assert min(shape.junctions, shape.loops) >= 0
    assert math.isfinite(shape.tortuosity)
    assert shape.tortuosity >= 1
    assert sum(shape.orientation_histogram) == pytest.approx(1)
    assert shape.loops == 0 or shape.branches >= shape.loops


def net(side: int) -> tuple[CentrelineGraph, list[MeasuredLine]]:
    """A graph of side × side nodes 10 px apart, each joined with those beside it, and its lines."""
    nodes = 10.0 * np.array([(row, column) for row in range(side) for column in range(side)])
    pairs = [(n, n + 1) for n in range(side * side) if n % side < side - 1]
    pairs += [(n, n + side) for n in range(side * (side - 1))]
    edges = [Edge(a, b, np.linspace(nodes[a], nodes[b], 9)) for a, b in pairs]
    none = np.empty((0, 2))
    lines = [
        MeasuredLine(e.points, e.length_px, none, none, none[:, 0], none[:, 0], none, none[:, 0])
        for e in edges
    ]
    return CentrelineGraph(nodes, tuple(edges), np.full(len(nodes), 2.0)), lines


@pytest.mark.parametrize(("side", "most_s"), [(7, 0.02), (32, 0.4)])
def test_a_net_of_many_lines_is_described_quickly(side: int, most_s: float) -> None:
    graph, lines = net(side)
    begun = time.perf_counter()
    shape = crack_shape(graph, lines)
    assert time.perf_counter() - begun < most_s
    assert (shape.branches, shape.loops, shape.pattern) == (2 * side * (side - 1), (side - 1) ** 2, "map")
    # The longest of the shortest ways leads from corner to opposite corner, along the sides.
    assert shape.tortuosity == pytest.approx(math.sqrt(2), rel=0.01)
