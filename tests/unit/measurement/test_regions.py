from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.measure import label

from crackscope.imaging.rle import RunLengthMask
from crackscope.measurement.region import Region
from crackscope.measurement.regions import RegionAssembler

MAPS = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14),
    elements=st.sampled_from([np.float32(0.1), np.float32(0.5), np.float32(0.75), np.float32(1.0)]),
)


def assemble(probability: np.ndarray, cuts: list[int], threshold: float = 0.5) -> list[Region]:
    height, width = probability.shape
    assembler = RegionAssembler(height, width, threshold)
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < height}), height]
    for first, last in pairwise(edges):
        assembler.add(first, probability[first:last])
    return assembler.finish()


@given(MAPS, st.lists(st.integers(0, 14)))
@settings(max_examples=150, deadline=None)
def test_strips_give_the_regions_of_the_whole_picture(probability: np.ndarray, cuts: list[int]) -> None:
    labels = label(probability >= 0.5, connectivity=2)
    regions = assemble(probability, cuts)
    assert len(regions) == labels.max()
    for number, region in enumerate(regions, start=1):  # both count in the order of first pixels
        pixels = labels == number
        assert region.mask == RunLengthMask.from_mask(pixels)
        assert region.box == region.mask.bounding_box()
        assert region.area_px == pixels.sum()
        assert region.peak_probability == probability[pixels].max()
        assert region.mean_probability == pytest.approx(probability[pixels].mean())


def test_regions_that_meet_further_down_are_one() -> None:
    probability = np.zeros((8, 9), np.float32)
    probability[0:7, [0, 4, 8]] = 1.0
    probability[7, :] = 1.0
    assert len(assemble(probability, list(range(8)))) == 1


def test_a_band_inside_one_strip_is_joined_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crackscope.measurement.regions._BAND_PX", 20)
    probability = np.eye(10, dtype=np.float32)
    assert [region.area_px for region in assemble(probability, [])] == [10]


@given(MAPS)
@settings(max_examples=60, deadline=None)
def test_a_large_region_is_encoded_band_by_band(probability: np.ndarray) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crackscope.measurement.regions._PIXELS_AT_ONCE", 5)
        banded = assemble(probability, [])
    assert banded == assemble(probability, [])


def test_the_threshold_itself_is_crack() -> None:
    assert len(assemble(np.full((1, 1), 0.3, np.float32), [], threshold=0.3)) == 1


def test_a_picture_without_crack_has_no_regions() -> None:
    assert assemble(np.zeros((5, 5), np.float32), [2]) == []


def test_a_strip_out_of_order_is_refused() -> None:
    assembler = RegionAssembler(10, 4, 0.5)
    with pytest.raises(ValueError, match="0 is next"):
        assembler.add(2, np.zeros((2, 4), np.float32))
    with pytest.raises(ValueError, match="never added"):
        assembler.finish()


def test_a_strip_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="4 px wide"):
        RegionAssembler(10, 4, 0.5).add(0, np.zeros((2, 5), np.float32))


def test_a_photo_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="no pixels"):
        RegionAssembler(0, 4, 0.5)
