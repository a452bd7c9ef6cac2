import json
import math
from dataclasses import replace

import numpy as np
import pytest

from crackscope.imaging.wall_photo import photo_from_wall
from crackscope.measurement.severity import Severity
from crackscope.reports.geojson import GeoJsonReport
from crackscope.reports.map_places import metres_per_degree, place_crack
from crackscope.reports.report import write_reports

SIZE = (201, 401)
MIDDLE = (100.0, 200.0)
RIGHT_AND_UP = ((100.0, 300.0), (0.0, 200.0))
"""Ends of a crack: 100 px to the right of the photo's middle, and 100 px above it."""


@pytest.fixture
def photo_of(inspection_of):
    """An inspection of one crack along a line, 10 mm per px, so that 100 px are a metre."""

    def make(line=RIGHT_AND_UP, *, scale=10.0, **photo):
        place = {"latitude_deg": 60.0, "longitude_deg": 10.0, "heading_deg": 0.0} | photo
        inspection = inspection_of(size=SIZE, scale=scale, **place)
        return replace(inspection, cracks=(replace(inspection.cracks[0], centreline=(line,)),))

    return make


def metres(inspection, facing="ground"):
    """East and north of the photo's middle, in m, of the positions of the first line."""
    placed = place_crack(inspection.cracks[0], inspection, facing=facing)
    north_m, east_m = metres_per_degree(inspection.photo.latitude_deg)
    return [
        (
            (position[0] - inspection.photo.longitude_deg) * east_m,
            (position[1] - inspection.photo.latitude_deg) * north_m,
        )
        for position in placed.lines[0]
    ]


@pytest.mark.parametrize(
    ("latitude", "north", "east"),
    [(0.0, 110_574.3, 111_319.5), (50.0, 111_229.0, 71_695.7), (-60.0, 111_412.3, 55_800.0)],
)
def test_a_degree_is_as_long_as_tables_of_the_ellipsoid_say(latitude, north, east):
    assert metres_per_degree(latitude) == pytest.approx((north, east), rel=1e-5)


@pytest.mark.parametrize(
    ("heading", "right", "up"),
    [
        (0.0, (1.0, 0.0), (0.0, 1.0)),
        (90.0, (0.0, -1.0), (1.0, 0.0)),
        (210.0, (-math.sqrt(3) / 2, 0.5), (-0.5, -math.sqrt(3) / 2)),
    ],
)
@pytest.mark.parametrize("latitude", [0.0, 60.0, -60.0])
def test_on_the_ground_the_photos_upper_edge_points_to_the_heading(photo_of, heading, right, up, latitude):
    found = metres(photo_of(heading_deg=heading, latitude_deg=latitude))
    assert found == [pytest.approx(right, abs=2e-4), pytest.approx(up, abs=2e-4)]


def test_a_metre_to_the_east_is_twice_as_many_degrees_at_60_as_at_the_equator(photo_of):
    longitudes = [
        place_crack(each.cracks[0], each, facing="ground").lines[0][0][0] - 10.0
        for each in (photo_of(latitude_deg=0.0), photo_of(latitude_deg=60.0))
    ]
    assert longitudes[0] == pytest.approx(1 / 111_319.5, abs=1e-9)
    assert longitudes[1] == pytest.approx(1 / 55_800.0, abs=1e-9)


@pytest.mark.parametrize("heading", [0.0, 90.0, 210.0])
def test_on_a_wall_only_what_is_beside_the_camera_is_on_the_map_and_height_is_altitude(photo_of, heading):
    inspection = photo_of(heading_deg=heading, altitude_m=520.0)
    right = math.cos(math.radians(heading)), -math.sin(math.radians(heading))
    found = metres(inspection, "wall")
    assert found == [pytest.approx(right, abs=2e-4), pytest.approx((0.0, 0.0), abs=2e-4)]
    placed = place_crack(inspection.cracks[0], inspection, facing="wall")
    assert [position[2] for position in placed.lines[0]] == [520.0, 521.0]
    assert placed.bearing_deg == (heading + 90.0) % 180.0


def test_without_an_altitude_a_wall_has_none_and_the_ground_never_has(photo_of):
    for inspection, facing in ((photo_of(), "wall"), (photo_of(altitude_m=520.0), "ground")):
        placed = place_crack(inspection.cracks[0], inspection, facing=facing)
        assert {len(position) for position in placed.lines[0]} == {2}


@pytest.mark.parametrize(
    ("end", "heading", "bearing"),
    [
        ((0.0, 200.0), 0.0, 0.0),  # up in the photo, and the photo's upper edge in the north
        ((0.0, 200.0), 210.0, 30.0),
        ((100.0, 300.0), 0.0, 90.0),
        ((0.0, 300.0), 0.0, 45.0),  # to the upper right: north-east
        ((200.0, 300.0), 0.0, 135.0),
        ((0.0, 300.0), 100.0, 145.0),
    ],
)
def test_the_bearing_is_the_direction_on_the_map_from_north_over_east(photo_of, end, heading, bearing):
    inspection = photo_of((MIDDLE, end), heading_deg=heading)
    placed = place_crack(inspection.cracks[0], inspection, facing="ground")
    off = (placed.bearing_deg - bearing + 90.0) % 180.0 - 90.0
    assert abs(off) < 0.01
    assert 0.0 <= placed.bearing_deg < 180.0


@pytest.mark.parametrize("turned_deg", [0.0, 70.0, 180.0, 301.0])
@pytest.mark.parametrize("tilt_deg", [0.0, 30.0])
def test_in_an_oblique_photo_up_is_the_photos_up_however_the_marker_sticks(photo_of, turned_deg, tilt_deg):
    photo_from = photo_from_wall(
        height_px=SIZE[0], width_px=SIZE[1], focal_px=500.0, distance_mm=5000.0, tilt_deg=tilt_deg
    )
    # What the camera shows of places 0.3 m to the right of the middle and, on the wall, 0.4 m above it.
    seen = photo_from @ np.array([[300.0, 0.0], [0.0, -400.0], [1.0, 1.0]])
    line = tuple((row, column) for column, row in (seen[:2] / seen[2]).T.tolist())
    turn = math.radians(turned_deg)
    marker = np.array(
        [[math.cos(turn), -math.sin(turn), 90], [math.sin(turn), math.cos(turn), -40], [0, 0, 1]]
    )
    wall_from_photo = marker @ np.linalg.inv(photo_from)
    inspection = replace(
        photo_of(line, altitude_m=10.0, heading_deg=90.0), wall_from_photo=tuple(wall_from_photo.ravel())
    )
    assert metres(inspection) == [pytest.approx(each, abs=2e-4) for each in ((0.0, -0.3), (0.4, 0.0))]
    placed = place_crack(inspection.cracks[0], inspection, facing="wall")
    assert [position[2] for position in placed.lines[0]] == pytest.approx([10.0, 10.4], abs=1e-3)


def test_longitudes_stay_within_180_at_the_antimeridian(photo_of):
    for longitude, line in ((180.0, (MIDDLE, (100.0, 300.0))), (-180.0, (MIDDLE, (100.0, 100.0)))):
        inspection = photo_of(line, longitude_deg=longitude)
        (_, (end, _)) = place_crack(inspection.cracks[0], inspection, facing="ground").lines[0]
        assert end == pytest.approx(-math.copysign(180.0 - 1 / 55_800.0, longitude), abs=1e-8)


@pytest.mark.parametrize(
    "unknown",
    [{"heading_deg": None}, {"scale": None}, {"latitude_deg": None}, {"latitude_deg": 89.95}],
)
def test_a_crack_is_not_placed_without_position_heading_or_scale_or_at_a_pole(photo_of, unknown):
    inspection = photo_of(**unknown)
    assert place_crack(inspection.cracks[0], inspection, facing="ground") is None


def test_a_crack_without_figures_in_mm_is_not_placed(photo_of):
    inspection = photo_of()
    assert place_crack(replace(inspection.cracks[0], length_mm=None), inspection, facing="wall") is None
    assert place_crack(replace(inspection.cracks[0], centreline=()), inspection, facing="wall") is None


def test_a_crack_of_one_point_is_a_line_of_two_positions(photo_of):
    inspection = photo_of((MIDDLE,))
    (line,) = place_crack(inspection.cracks[0], inspection, facing="ground").lines
    assert line == [[10.0, 60.0], [10.0, 60.0]]


def test_cracks_stand_after_their_photo_with_their_figures(tmp_path, photo_of, inspection_of):
    inspection = photo_of(position_error_m=3.5, heading_deg=210.0)
    judged = Severity("exceeds", ("exceeds",), 20.0, 40.0, "exceeds 0.30 mm")
    inspection = replace(
        inspection, cracks=(replace(inspection.cracks[0], pattern="diagonal", severity=judged),)
    )
    unplaced = inspection_of("b.jpg", latitude_deg=1.0, longitude_deg=2.0, scale=1.0)
    report = GeoJsonReport(tmp_path / "p.geojson", facing="wall")
    write_reports([report], [(inspection, None), (unplaced, None)], [])
    features = json.loads((tmp_path / "p.geojson").read_text())["features"]
    assert [feature["properties"]["kind"] for feature in features] == ["photo", "crack", "photo"]
    assert report.located == 2
    crack = features[1]
    assert crack["geometry"]["type"] == "MultiLineString"
    assert crack["properties"] == {
        "kind": "crack",
        "photo": "wall.jpg",
        "crack": 1,
        "length_mm": 900.0,
        "mean_width_mm": 30.0,
        "mean_width_sigma_mm": 2.5,
        "max_width_mm": 30.0,
        "max_width_sigma_mm": 2.5,
        "orientation_deg": 0.0,
        "bearing_deg": 120.0,
        "pattern": "diagonal",
        "severity": "exceeds",
        "position_error_m": 3.5,
        "heading_deg": 210.0,
        "placed": "wall",
    }
