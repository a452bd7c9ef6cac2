import numpy as np
import pytest

from crackscope.imaging.markers import DICTIONARIES, find_markers
from crackscope.imaging.wall_photo import photo_from_wall, photograph, stick_marker

PX_PER_MM = 8.0
SIDE_MM = 50.0


def wall_with(*places_mm, dictionary="apriltag-36h11"):
    """A wall of 400 × 300 mm, with markers 0, 1, … whose middles lie at (x, y) from its middle."""
    rng = np.random.default_rng(3)
    wall = np.clip(rng.normal(165, 8, (2400, 3200)), 0, 255).astype(np.uint8)
    for number, (x, y) in enumerate(places_mm):
        corner = round(1200 + (y - SIDE_MM / 2) * PX_PER_MM), round(1600 + (x - SIDE_MM / 2) * PX_PER_MM)
        stick_marker(wall, number, corner_px=corner, side_px=400, dictionary=dictionary)
    return wall


def seen(wall, *, seed=0, blur=0.8, **view):
    size = {"height_px": 600, "width_px": 800}
    homography = photo_from_wall(**size, focal_px=900, **({"distance_mm": 450} | view))
    return photograph(
        wall, homography, px_per_mm=PX_PER_MM, **size, blur_sigma_px=blur, seed=seed
    ), homography


def true_corners(homography, *, x=0.0, y=0.0, side_mm=SIDE_MM):
    half = side_mm / 2
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]]) + np.array([x, y])
    mapped = np.column_stack([corners, np.ones(4)]) @ homography.T
    return (mapped[:, :2] / mapped[:, 2:])[:, ::-1]


@pytest.mark.parametrize("tilt", [0, 20, 35, 50])
@pytest.mark.parametrize("roll", [0, 33, 90])
def test_corners_are_found_to_a_tenth_of_a_pixel_from_aside(tilt, roll):
    photo, homography = seen(wall_with((0, 0)), tilt_deg=tilt, turn_deg=tilt / 3, roll_deg=roll)
    (marker,) = find_markers(photo)
    off = marker.corners - true_corners(homography)
    assert marker.number == 0
    assert np.sqrt(np.mean(off**2)) < 0.12


def test_blur_moves_no_corner():
    photo, homography = seen(wall_with((0, 0)), blur=2.5, tilt_deg=25)
    (marker,) = find_markers(photo)
    assert np.sqrt(np.mean((marker.corners - true_corners(homography)) ** 2)) < 0.12


def test_corners_go_round_from_the_upper_left_of_the_marker_held_upright():
    photo, _ = seen(wall_with((0, 0)), roll_deg=180)
    (marker,) = find_markers(photo)
    (upper_left, _, lower_right, _) = marker.corners
    assert (upper_left > lower_right).all()


@pytest.mark.parametrize("dictionary", list(DICTIONARIES))
def test_markers_of_every_dictionary_are_found_by_their_numbers(dictionary):
    wall = wall_with((-120, -60), (0, 0), (110, 70), dictionary=dictionary)
    found = find_markers(seen(wall, tilt_deg=15)[0], dictionary)
    assert [marker.number for marker in found] == [0, 1, 2]


def test_a_plain_wall_and_a_black_photo_have_no_marker():
    assert find_markers(seen(wall_with())[0]) == []
    assert find_markers(np.zeros((300, 400), np.uint8)) == []


def test_a_marker_half_out_of_sight_is_none():
    photo, _ = seen(wall_with((0, 0)), aim_mm=(200, 0))
    assert find_markers(photo) == []
    hidden, _ = seen(wall_with((0, 0)))
    hidden[300:] = 120
    assert find_markers(hidden) == []


def test_a_marker_of_a_few_pixels_is_none():
    assert find_markers(seen(wall_with((0, 0)), distance_mm=2600)[0]) == []


def test_an_unknown_dictionary_is_refused():
    with pytest.raises(ValueError, match="choose one of apriltag-36h11"):
        find_markers(np.zeros((30, 40), np.uint8), "qr")
