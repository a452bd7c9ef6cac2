import numpy as np
import pytest

from crackscope.measurement.smoothing import distance_along, smooth_line, unit_tangents


def test_a_straight_line_stays_as_it_is() -> None:
    line = np.stack([np.linspace(3, 40, 60), np.linspace(7, -5, 60)], axis=1)
    assert smooth_line(line, 3.0, closed=False) == pytest.approx(line)


def test_a_staircase_becomes_nearly_straight() -> None:
    column = np.arange(200.0)
    stairs = np.stack([np.round(column / 3), column], axis=1)
    smooth = smooth_line(stairs, 2.0, closed=False)
    true = np.hypot(199, 199 / 3)
    assert distance_along(smooth)[-1] == pytest.approx(true, rel=0.003)
    assert distance_along(stairs)[-1] > 1.05 * true


def test_the_ends_of_an_open_line_stay() -> None:
    line = np.random.default_rng(1).random((30, 2))
    smooth = smooth_line(line, 2.0, closed=False)
    assert np.array_equal(smooth[[0, -1]], line[[0, -1]])


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_short_lines_can_be_smoothed(count: int) -> None:
    assert smooth_line(np.ones((count, 2)), 4.0, closed=False).shape == (count, 2)


@pytest.mark.parametrize("count", [5, 9, 20, 300])
def test_a_ring_stays_closed_and_keeps_its_size(count: int) -> None:
    angle = np.linspace(0, 2 * np.pi, count)
    ring = 50 * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    smooth = smooth_line(ring, 3.0, closed=True)
    assert smooth[0] == pytest.approx(smooth[-1])
    assert distance_along(smooth)[-1] == pytest.approx(distance_along(ring)[-1], rel=0.04)


def test_tangents_of_a_circle_are_at_right_angles_to_its_radii() -> None:
    angle = np.linspace(0, 2 * np.pi, 100)
    ring = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    assert (ring * unit_tangents(ring, closed=True)).sum(axis=1) == pytest.approx(0, abs=1e-9)


def test_a_point_given_twice_has_a_direction() -> None:
    assert np.isfinite(unit_tangents(np.ones((3, 2)), closed=False)).all()
