import math

import numpy as np
import pytest

from crackscope.errors import CrackscopeError
from crackscope.measurement.scale import Scale


def test_a_length_has_its_own_uncertainty_and_that_of_the_scale():
    scale = Scale(0.2, 0.004)
    assert scale.mm(50) == pytest.approx(10)
    assert scale.sigma_mm(50, 0) == pytest.approx(0.2)
    assert scale.sigma_mm(50, 1) == pytest.approx(math.hypot(0.2, 0.2))
    assert Scale(0.2).sigma_mm(50, 1) == pytest.approx(0.2)


@pytest.mark.parametrize("mm_per_px", [0, -1, math.nan, math.inf])
def test_what_is_no_scale_is_refused(mm_per_px):
    with pytest.raises(CrackscopeError, match="must be a finite number of mm per px above 0"):
        Scale(mm_per_px)


@pytest.mark.parametrize("mm_per_px", [1e-12, 1e12])
def test_what_no_photo_shows_is_refused(mm_per_px):
    with pytest.raises(CrackscopeError, match=r"between 0\.0001 and 1000 are believed"):
        Scale(mm_per_px)


@pytest.mark.parametrize("sigma", [-0.1, 0.2, math.nan, math.inf])
def test_a_scale_as_unsure_as_large_is_refused(sigma):
    with pytest.raises(CrackscopeError, match="at least 0 and below the scale"):
        Scale(0.2, sigma)


def test_a_flat_scale_is_the_same_everywhere():
    scale = Scale(0.2, 0.004)
    places = np.array([[0.0, 0.0], [30.0, 40.0]])
    assert np.hypot(*np.diff(scale.to_wall(places), axis=0)[0]) == pytest.approx(10.0)
    assert scale.across_mm_per_px(places, places).tolist() == [0.2, 0.2]
    assert scale.relative_sigma(places) == pytest.approx(0.02)
    assert scale.area_mm2(100, 50) == pytest.approx(200.0)
    assert (str(scale), str(Scale(0.2))) == ("0.2 ± 0.004 mm/px", "0.2 mm/px")
