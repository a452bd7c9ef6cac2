import math

import numpy as np
import pytest

from crackscope.errors import MeasurementError
from crackscope.imaging.markers import FoundMarker
from crackscope.imaging.wall_photo import photo_from_wall
from crackscope.measurement.marker_fit import wall_view

HEIGHT, WIDTH, FOCAL = 1200, 1600, 1500.0
FOUR = [(-200.0, -150.0), (200.0, -150.0), (200.0, 150.0), (-200.0, 150.0)]


def camera(**aside):
    view = {"height_px": HEIGHT, "width_px": WIDTH, "focal_px": FOCAL, "distance_mm": 900.0}
    return photo_from_wall(**(view | aside))


def projected(homography, points):
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return (mapped[:, :2] / mapped[:, 2:])[:, ::-1]


def markers(homography, places, *, side_mm=50.0, noise_px=0.05, seed=1):
    rng = np.random.default_rng(seed)
    found = []
    for number, (x, y) in enumerate(places):
        turn = math.radians(number * 40.0)
        square = side_mm / 2 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        square = square @ np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
        corners = projected(homography, square + np.array([x, y]))
        found.append(FoundMarker(number, corners + rng.normal(0, noise_px, (4, 2))))
    return found


def fitted(found, **given):
    return wall_view(found, 50.0, height_px=HEIGHT, width_px=WIDTH, **given)


def length_mm(view, *points):
    return float(np.hypot(*np.diff(view.to_wall(np.array(points, float)), axis=0).T).sum())


@pytest.mark.parametrize("tilt", [0, 20, 40, 50])
@pytest.mark.parametrize("towards", [0, 70, 200])
def test_one_marker_tells_lengths_beside_it_to_half_a_percent(tilt, towards):
    aside = {
        "tilt_deg": tilt * math.cos(math.radians(towards)),
        "turn_deg": tilt * math.sin(math.radians(towards)),
    }
    homography = camera(**aside)
    view = fitted(markers(homography, [(0, 0)]))
    for start, end in ([(-60, -50), (70, -45)], [(45, -60), (40, 70)]):
        one, other = projected(homography, np.array([start, end], float))
        assert length_mm(view, one, other) == pytest.approx(math.dist(start, end), rel=0.005)


@pytest.mark.parametrize("tilt", [0, 25, 50])
def test_four_markers_rectify_the_whole_wall(tilt):
    homography = camera(tilt_deg=tilt, turn_deg=10)
    view = fitted(markers(homography, FOUR))
    for start, end in ([(-220, -160), (220, 160)], [(-220, 160), (-20, 0)], [(100, -150), (100, 150)]):
        one, other = projected(homography, np.array([start, end], float))
        assert length_mm(view, one, other) == pytest.approx(math.dist(start, end), rel=0.002)


def test_a_width_on_an_oblique_wall_is_taken_at_right_angles_on_the_wall():
    homography = camera(tilt_deg=50, turn_deg=20)
    view = fitted(markers(homography, FOUR))
    for angle in np.radians([0, 30, 60, 90, 140]):
        along = np.array([math.cos(angle), math.sin(angle)])
        across = np.array([-along[1], along[0]])
        middle = np.array([30.0, -20.0])
        line = projected(homography, np.array([middle - 2 * along, middle + 2 * along]))
        edges = projected(homography, np.array([middle - across, middle + across]))  # a band 2 mm wide
        direction = np.diff(line, axis=0)[0] / np.hypot(*np.diff(line, axis=0)[0])
        normal = np.array([direction[1], -direction[0]])
        width_px = abs(np.diff(edges, axis=0)[0] @ normal)
        place = projected(homography, middle[None])
        mm = width_px * view.across_mm_per_px(place, normal[None])[0]
        assert mm == pytest.approx(2.0, rel=0.004)


def test_a_disc_without_a_direction_takes_the_root_of_the_area():
    view = fitted(markers(camera(), FOUR))
    place = np.array([[600.0, 800.0]])
    across = view.across_mm_per_px(place, np.full((1, 2), np.nan))
    assert across[0] == pytest.approx(0.6, rel=0.003)
    assert view.mm_per_px == pytest.approx(0.6, rel=0.003)


def test_the_standard_deviation_grows_with_the_distance_from_the_marker():
    view = fitted(markers(camera(tilt_deg=20), [(-150, 0)]))
    near, far = (
        view.relative_sigma(projected(camera(tilt_deg=20), np.array([[x, 0.0]]))) for x in (-150, 200)
    )
    assert near < 0.005 < far
    assert view.relative_sigma(np.array([[600.0, 300.0], [600.0, 1500.0]])) > near


@pytest.mark.parametrize("places", [[(0, 0)], [(-100, 0), (150, 50)], FOUR])
def test_two_thirds_of_the_errors_lie_within_the_standard_deviation(places):
    off = []
    for seed in range(40):
        homography = camera(tilt_deg=30, turn_deg=-15)
        found = markers(homography, places, noise_px=0.1, seed=seed)
        view = fitted(found)
        place = projected(homography, np.array([[100.0, 60.0]]))
        back = np.linalg.inv(homography)
        depth = back[2] @ (place[0, 1], place[0, 0], 1.0)
        truth = math.sqrt(abs(np.linalg.det(back)) / depth**3)
        ours = view.across_mm_per_px(place, np.full((1, 2), np.nan))[0]
        off.append(math.log(ours / truth) / view.relative_sigma(place))
    assert 0.6 <= np.mean(np.abs(off) < 1.0) <= 1.0


def test_markers_of_different_size_contradict_each_other():
    homography = camera()
    found = [
        *markers(homography, [(-100, 0)]),
        FoundMarker(7, markers(homography, [(100, 0)], side_mm=40)[0].corners),
    ]
    with pytest.raises(MeasurementError, match=r"by no\. 0 a pixel is 0\.6.* mm, by no\. 7 0\.7"):
        fitted(found)


def test_markers_on_two_planes_contradict_each_other():
    found = markers(camera(), [(-100, 0)]) + markers(camera(turn_deg=40), [(100, 0)])
    with pytest.raises(MeasurementError, match="no one flat wall fits both"):
        fitted(found)


def test_a_horizon_in_the_photo_ends_the_wall():
    homography = camera(tilt_deg=75, distance_mm=300)
    view = fitted(markers(homography, [(0, 0)], side_mm=50))
    assert math.isinf(view.relative_sigma(np.array([[1199.0, 800.0]])))
    assert np.isnan(view.to_wall(np.array([[1199.0, 800.0]]))).all()
    assert view.area_mm2(HEIGHT, WIDTH) is None


def test_the_area_of_the_photo_on_the_wall():
    view = fitted(markers(camera(), FOUR))
    assert view.area_mm2(HEIGHT, WIDTH) == pytest.approx(1600 * 1200 * 0.36, rel=0.005)
