import math
from dataclasses import replace

import numpy as np
import pytest

from crackscope.imaging.wall_photo import photo_from_wall
from crackscope.reports.oblique import one_scale_holds
from crackscope.reports.overlay_widths import UNKNOWN, WidthRim, width_lines, width_rims
from crackscope.reports.overlays import draw_inspection
from crackscope.reports.width_legend import ANCHORS, WidthColours, legend

SIZE = (600, 900)


def grey():
    return np.full((*SIZE, 3), 128, np.uint8)


@pytest.fixture
def with_widths(inspection_of):
    """An inspection of one crack with widths at given places, along given lines."""

    def make(widths, *, centreline=None, **options):
        plain = inspection_of(size=SIZE, **options)
        crack = replace(plain.cracks[0], widths=tuple(widths))
        if centreline is not None:
            crack = replace(crack, centreline=centreline)
        return replace(plain, cracks=(crack,))

    return make


def spans(lines):
    """First and last column of each line."""
    return [(round(line.points[0, 1], 1), round(line.points[-1, 1], 1)) for line in lines]


def test_neighbours_are_joined_and_a_gap_is_left_open(with_widths):
    places = [(11.5, column, 3.0) for column in (20.0, 25.0, 30.0, 70.0, 75.0)]
    (lines,) = width_lines(with_widths(places))
    assert spans(lines) == [(17.5, 32.5), (67.5, 77.5)]  # half the distance of 5 px beyond each


def test_widths_of_two_branches_are_never_joined(with_widths):
    branches = (((11.0, 10.0), (11.0, 60.0)), ((14.0, 62.0), (14.0, 109.0)))
    places = [(11.0, 50.0, 2.0), (11.0, 55.0, 2.0), (14.0, 65.0, 4.0), (14.0, 70.0, 4.0)]
    (lines,) = width_lines(with_widths(places, centreline=branches))
    assert [set(line.widths.tolist()) for line in lines] == [{2.0}, {4.0}]
    assert [set(line.points[:, 0].tolist()) for line in lines] == [{11.0}, {14.0}]


def test_a_line_follows_the_bends_of_the_centreline(with_widths):
    bent = (((10.0, 10.0), (10.0, 14.0), (14.0, 14.0)),)
    (lines,) = width_lines(with_widths([(10.0, 12.0, 1.0), (12.0, 14.0, 3.0)], centreline=bent))
    assert [10.0, 14.0] in lines[0].points.tolist()
    assert lines[0].widths[lines[0].points.tolist().index([10.0, 14.0])] == pytest.approx(2.0)


def test_a_place_on_no_line_is_left_out(with_widths):
    assert width_lines(with_widths([(300.0, 50.0, 3.0)])) == [[]]
    assert width_lines(with_widths([(11.5, 50.0, 3.0)], centreline=())) == [[]]


def test_widths_are_in_mm_where_the_scale_is_known_and_the_cracks_figures_are(with_widths):
    scaled = with_widths([(11.5, 50.0, 3.0)], scale=0.5)
    assert set(width_lines(scaled)[0][0].widths.tolist()) == {1.5}
    unsure = replace(scaled, cracks=(replace(scaled.cracks[0], max_width_mm=None),))
    assert width_lines(unsure) == [[]]


def oblique(inspection, **camera):
    photo_from = photo_from_wall(
        height_px=SIZE[0], width_px=SIZE[1], focal_px=1000, distance_mm=1000, **camera
    )
    return replace(inspection, scale_mm_per_px=1.0, wall_from_photo=tuple(np.linalg.inv(photo_from).ravel()))


@pytest.mark.parametrize(
    ("line", "factor"),
    [(((250.0, 449.5), (350.0, 449.5)), 1 / math.cos(math.radians(40))), (((299.5, 400), (299.5, 500)), 1.0)],
)
def test_in_an_oblique_photo_a_width_is_what_it_is_on_the_wall(with_widths, line, factor):
    # Seen 40° from aside, what lies across the photo is shortened by cos 40°, and what lies upwards is not.
    row, column = np.mean(line, axis=0)
    inspection = oblique(with_widths([(row, column, 2.0)], centreline=(line,), scale=1.0), turn_deg=40)
    (drawn,) = width_lines(inspection)[0]
    middle = np.argmin(np.hypot(*(drawn.points - (row, column)).T))
    assert drawn.widths[middle] == pytest.approx(2.0 * factor, rel=0.01)


def test_a_scale_bar_is_drawn_only_where_it_holds_all_over_the_photo(with_widths):
    inspection = with_widths([(11.5, 50.0, 3.0)], scale=1.0)
    assert one_scale_holds(inspection)
    assert not one_scale_holds(with_widths([(11.5, 50.0, 3.0)]))
    assert one_scale_holds(oblique(inspection, roll_deg=30))
    assert one_scale_holds(oblique(inspection, turn_deg=1))
    assert not one_scale_holds(oblique(inspection, turn_deg=10))
    assert not one_scale_holds(oblique(inspection, tilt_deg=80))  # the horizon is in the photo


@pytest.mark.parametrize(
    "least_most", [(0.0, 1e-3), (3.0, 3.0), (0.4, 0.42), (1.2, 2.0), (10.0, 15.4), (0.3, 45.1), (2.0, 9999.0)]
)
def test_a_legend_has_two_to_four_round_numbers_around_all_widths(least_most):
    numbers = WidthColours.over(*least_most, "px").numbers
    assert 2 <= len(numbers) <= 4
    assert numbers[0] <= least_most[0] <= least_most[1] <= numbers[-1]
    steps = np.diff(numbers)
    assert np.allclose(steps, steps[0])
    assert f"{steps[0]:.6e}".split("e")[0].rstrip("0").rstrip(".") in {"1", "2", "2.5", "5"}
    assert least_most[1] > numbers[0] + 0.5 * (numbers[-1] - numbers[0])


# Viénot, Brettel and Mollon (1999): what is seen without long- or middle-wave cones, of linear RGB.
RED_BLIND = [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]
GREEN_BLIND = [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]


@pytest.mark.parametrize("seen", [np.eye(3), RED_BLIND, GREEN_BLIND])
def test_colours_become_lighter_with_the_width_for_all_eyes(seen):
    shown = WidthColours((0.0, 1.0), "px").of(np.linspace(0, 1, 33)) / 255.0
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    luminance = np.clip(linear @ np.transpose(seen), 0, 1) @ (0.2126, 0.7152, 0.0722)
    lightness = 116 * np.cbrt(luminance) - 16  # CIE 1976
    assert np.diff(lightness).min() > 0.5
    assert lightness[-1] - lightness[0] > 50


def test_the_line_around_a_crack_has_the_colour_of_the_nearest_width(with_widths):
    places = [(11.5, float(column), 1.0 if column < 60 else 5.0) for column in range(12, 108, 5)]
    inspection = with_widths(places)
    overlay = draw_inspection(grey(), inspection).overlay
    colours = WidthColours.over(1.0, 5.0, "px")
    for column, width in ((30, 1.0), (90, 5.0)):
        assert overlay[9, column].tolist() == colours.of(np.array([width]))[0].tolist()
    assert not (overlay[10:13, 90] == overlay[9, 90]).all(axis=1).any()  # the crack itself stays free


def test_where_no_width_is_known_the_line_is_grey(with_widths):
    inspection = with_widths([(11.5, float(column), 3.0) for column in range(12, 50, 5)])
    rim = WidthRim(inspection.cracks[0], width_lines(inspection)[0], WidthColours((0.0, 3.0), "px"))
    near, far = rim(np.array([9, 9]), np.array([20, 100])).tolist()
    assert near == ANCHORS[-1].tolist()
    assert far == list(UNKNOWN)


def test_without_widths_or_room_cracks_are_drawn_in_their_own_colour(with_widths):
    inspection = with_widths([])
    assert width_rims(inspection, factor=1, text_px=14, room=SIZE) is None
    known = with_widths([(11.5, 50.0, 3.0)])
    assert width_rims(known, factor=1, text_px=14, room=(60, 900)) is None
    assert width_rims(known, factor=1, text_px=14, room=SIZE) is not None


def test_the_legend_shows_all_colours_from_the_darkest_to_the_lightest():
    patch = legend(WidthColours((0.0, 0.5, 1.0), "mm"), text_px=16)
    rows = (patch == ANCHORS[0]).all(axis=2).any(axis=1) & (patch == ANCHORS[-1]).all(axis=2).any(axis=1)
    assert rows.sum() >= 6
    bar = patch[np.flatnonzero(rows)[0]]
    first = np.flatnonzero((bar == ANCHORS[0]).all(axis=1))[0]
    last = np.flatnonzero((bar == ANCHORS[-1]).all(axis=1))[-1]
    assert last - first > 100
