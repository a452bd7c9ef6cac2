import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from crackscope.measurement.canvas import Canvas
from crackscope.measurement.regions import RegionAssembler


@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)))
@settings(max_examples=100, deadline=None)
def test_a_regions_canvas_is_its_box_in_a_frame(mask: np.ndarray) -> None:
    assembler = RegionAssembler(*mask.shape, 0.5)
    assembler.add(0, mask.astype(np.float32))
    for region in assembler.finish():
        pixels = Canvas.from_region(region).pixels
        assert np.array_equal(pixels[1:-1, 1:-1], region.mask.decode_box(region.box))
        assert pixels.sum() == region.area_px


def test_many_pixels_are_drawn_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crackscope.measurement.canvas._PIXELS_AT_ONCE", 7)
    mask = np.zeros((30, 40), bool)
    mask[3:20, 5:30:2] = mask[10, 5:30] = True
    assembler = RegionAssembler(30, 40, 0.5)
    assembler.add(0, mask.astype(np.float32))
    (region,) = assembler.finish()
    assert np.array_equal(Canvas.from_region(region).pixels[1:-1, 1:-1], region.mask.decode_box(region.box))


def test_samples_between_pixels_are_interpolated() -> None:
    mask = np.array([[True, False], [False, False]])
    rows, columns = (
        np.array([0, 0.5, 0.5, -0.5, -9, 9], np.float32),
        np.array([0, 0, 0.5, 0, -9, 9], np.float32),
    )
    assert Canvas.from_mask(mask).sample(rows, columns) == pytest.approx([1, 0.5, 0.25, 0.5, 0, 0])
