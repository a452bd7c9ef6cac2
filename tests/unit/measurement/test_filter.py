import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.measurement.filter import keep, rotated_length
from crackscope.measurement.region import Region
from crackscope.measurement.regions import RegionAssembler


def region_of(mask: np.ndarray, probability: float = 1.0) -> Region:
    assembler = RegionAssembler(*mask.shape, 0.5)
    assembler.add(0, mask.astype(np.float32) * np.float32(probability))
    return max(assembler.finish(), key=lambda region: region.area_px)


def line(end: tuple[int, int]) -> Region:
    picture = np.zeros((120, 120), np.uint8)
    cv2.line(picture, (10, 10), end, 1)
    return region_of(picture > 0)


def test_length_of_a_row_of_forty_pixels_is_forty() -> None:
    assert rotated_length(line((49, 10))) == pytest.approx(40)


def test_length_of_a_diagonal_is_measured_along_it() -> None:
    assert rotated_length(line((70, 70))) == pytest.approx(60 * math.sqrt(2) + 1)


def test_length_of_one_pixel_is_one() -> None:
    assert rotated_length(line((10, 10))) == 1.0


@given(st.integers(10, 110), st.integers(10, 110), st.floats(0.0, 160.0))
@settings(max_examples=60, deadline=None)
def test_keep_agrees_with_the_rotated_length(column: int, row: int, least: float) -> None:
    region = line((column, row))
    assert keep(region, min_length_px=least) == (rotated_length(region) >= least)


def test_unsure_regions_are_dropped() -> None:
    mask = np.zeros((10, 30), bool)
    mask[4:6, 5:25] = True
    region = region_of(mask, 0.7)
    assert keep(region)
    assert not keep(region, min_peak_probability=0.75)
    assert not keep(region, min_mean_probability=0.75)
    assert keep(region, min_length_px=20, min_peak_probability=0.65, min_mean_probability=0.65)
