import math

import numpy as np
import pytest

from crackscope.measurement.density import crack_density_m_per_m2, mean_spacing

SIDE_PX = 2000.0


def parallel_lines(angle_deg: float, apart_px: float) -> list[np.ndarray]:
    """Lines of one direction, evenly apart, through all of a square of `SIDE_PX`."""
    angle = math.radians(angle_deg)
    along = np.array([-math.sin(angle), math.cos(angle)])
    across = np.array([along[1], -along[0]])
    at = np.linspace(-SIDE_PX, SIDE_PX, 20_001)[:, None] * along
    lines = []
    for offset in np.arange(-SIDE_PX, SIDE_PX, apart_px) + apart_px / 3:
        points = SIDE_PX / 2 + offset * across + at
        inside = points[((points >= 0) & (points <= SIDE_PX)).all(axis=1)]
        if len(inside) > 1:
            lines.append(inside[[0, len(inside) // 2, -1]])
    return lines


@pytest.mark.parametrize("angle_deg", [0, 10, 33, 45, 72, 90, 120, 135, 171])
@pytest.mark.parametrize("apart_px", [20, 50, 110])
def test_the_spacing_of_parallel_lines_is_their_distance(angle_deg: float, apart_px: float) -> None:
    lines = parallel_lines(angle_deg, apart_px)
    assert mean_spacing(lines, SIDE_PX**2) == pytest.approx(apart_px, rel=0.04)


def test_a_zigzag_counts_by_what_it_crosses_and_not_by_its_length() -> None:
    zigzag = [(20.0 if column % 40 else 0.0, float(column)) for column in range(0, 401, 20)]
    assert mean_spacing([zigzag], 400.0 * 100.0) == pytest.approx(100)


def test_where_there_is_no_crack_there_is_no_spacing() -> None:
    assert mean_spacing([], 100.0) is None
    assert mean_spacing([[(3.0, 4.0)]], 100.0) is None


def test_density_is_length_over_area() -> None:
    assert crack_density_m_per_m2(2500.0, 1_000_000.0) == 2.5
    assert crack_density_m_per_m2(0.0, 4.0) == 0.0


@pytest.mark.parametrize(
    ("length", "area"), [(1.0, 0.0), (1.0, -2.0), (-1.0, 2.0), (math.nan, 1.0), (1.0, math.inf)]
)
def test_a_density_of_nothing_is_refused(length: float, area: float) -> None:
    with pytest.raises(ValueError, match="give the"):
        crack_density_m_per_m2(length, area)


@pytest.mark.parametrize("area", [0.0, -1.0, math.nan])
def test_a_spacing_on_no_area_is_refused(area: float) -> None:
    with pytest.raises(ValueError, match="give the surface"):
        mean_spacing([], area)
