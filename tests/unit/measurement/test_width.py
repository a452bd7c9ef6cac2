import math

import numpy as np
import pytest

from crackscope.measurement.canvas import Canvas
from crackscope.measurement.width import inscribed_radius, reach


def band(first: int, last: int) -> Canvas:
    mask = np.zeros((60, 80), bool)
    mask[first : last + 1] = True
    return Canvas.from_mask(mask)


@pytest.mark.parametrize("start", [20.0, 20.3, 22.5, 24.0])
def test_reach_ends_at_the_edge_of_the_last_pixel(start: float) -> None:
    origins = np.array([[start, 40.0], [start, 40.0]])
    up, down = reach(band(20, 24), origins, np.array([[-1.0, 0.0], [1.0, 0.0]]))
    assert up + down == pytest.approx(5.0, abs=0.01)
    assert down == pytest.approx(24.5 - start, abs=0.26)


def test_reach_ends_at_the_border_of_the_picture() -> None:
    everything = Canvas.from_mask(np.ones((7, 30), bool))
    assert reach(everything, np.array([[3.0, 10.0]]), np.array([[0.0, 1.0]]))[0] == pytest.approx(
        19.5, abs=0.01
    )


def test_reach_stops_before_the_next_branch() -> None:
    mask = np.zeros((30, 30), bool)
    mask[5:10] = mask[11:20] = True
    assert reach(Canvas.from_mask(mask), np.array([[7.0, 15.0]]), np.array([[1.0, 0.0]]))[0] < 3.1


def test_reach_outside_of_the_crack_is_nothing() -> None:
    assert reach(band(20, 24), np.array([[50.0, 40.0]]), np.array([[0.0, 1.0]]))[0] == 0.0


@pytest.mark.parametrize("angle_deg", [9, 18, 27, 36, 54, 63, 72, 81])
def test_the_mean_width_across_a_tilted_band_is_unbiased(angle_deg: int) -> None:
    along = np.array([math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))])
    across = along[::-1] * (-1.0, 1.0)
    row, column = np.mgrid[:200, :200] - 100.0
    canvas = Canvas.from_mask(abs(row * across[0] + column * across[1]) <= 3.7)
    points = 100.0 + np.linspace(-60, 60, 121)[:, None] * along
    directions = np.repeat(across[None], 121, axis=0)
    widths = reach(canvas, points, directions) + reach(canvas, points, -directions)
    assert widths.mean() == pytest.approx(7.4, abs=0.12)


def test_the_inscribed_disc_of_a_band_touches_both_edges() -> None:
    assert inscribed_radius(band(20, 30), np.array([[25.0, 40.0]]))[0] == pytest.approx(5.5, abs=0.05)
