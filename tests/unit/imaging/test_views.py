from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.imaging.views import OVERLAP_SHARE, fits_whole, views, whole_view


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_photo_of_the_view_s_size_is_shown_unchanged():
    pixels = noise(64, 64)
    np.testing.assert_array_equal(whole_view(pixels, side_px=64), pixels)


def test_a_wide_photo_is_mirrored_above_and_below_alike():
    pixels = noise(32, 64)
    view = whole_view(pixels, side_px=64)
    np.testing.assert_array_equal(view[16:48], pixels)
    np.testing.assert_array_equal(view[15], pixels[1])
    np.testing.assert_array_equal(view[48], pixels[-2])


@pytest.mark.parametrize(("shape", "rows"), [((128, 64), (0, 64)), ((30, 60), (16, 48))])
def test_a_photo_keeps_its_shape(shape, rows):
    """A square drawn in the photo is square in the view, and as large as the longer side says."""
    pixels = np.zeros((*shape, 3), np.uint8)
    side = min(shape) // 2
    top, left = shape[0] // 4, shape[1] // 4
    pixels[top : top + side, left : left + side] = 255
    view = whole_view(pixels, side_px=64)[rows[0] : rows[1], :, 0] > 127
    if shape[0] > shape[1]:  # the mirrored copies stand beside it
        view = view[:, 16:48]
    height, width = (int(np.ptp(np.flatnonzero(view.any(axis=axis)))) + 1 for axis in (1, 0))
    expected = side * 64 / max(shape)
    assert abs(height - expected) <= 1
    assert abs(width - expected) <= 1


@settings(max_examples=40, deadline=None)
@given(height=st.integers(1, 500), width=st.integers(1, 500), side_px=st.sampled_from([32, 64, 224]))
def test_every_view_is_a_square_of_the_asked_size(height, width, side_px):
    shown = list(views(noise(height, width), side_px=side_px))
    assert {view.shape for view in shown} == {(side_px, side_px, 3)}
    assert all(view.flags.c_contiguous for view in shown)
    assert (len(shown) == 1) == fits_whole(height, width, side_px=side_px)


@settings(max_examples=25, deadline=None)
@given(height=st.integers(65, 300), width=st.integers(97, 300), seed=st.integers(0, 5))
def test_patches_are_pixels_of_the_photo_and_every_pixel_is_in_one(height, width, seed):
    """Each pixel of the photo carries its own number, so that patches say where they are from."""
    number = np.arange(height * width).reshape(height, width) + seed
    pixels = np.stack([number % 256, number // 256 % 256, number // 65536], axis=2).astype(np.uint8)
    seen = np.zeros(height * width, bool)
    starts = []
    for view in views(pixels, side_px=64):
        numbers = view.astype(int) @ (1, 256, 65536) - seed
        seen[numbers.ravel()] = True
        starts.append(divmod(int(numbers[0, 0]), width))
    assert seen.all()
    columns = sorted({column for _, column in starts})
    assert all(b - a <= 64 * (1 - OVERLAP_SHARE) for a, b in pairwise(columns))


def test_a_narrow_strip_is_cut_along_its_length_alone():
    shown = list(views(noise(40, 400), side_px=64))
    assert len(shown) == 7  # 64 + 6 · 56
    np.testing.assert_array_equal(shown[0][12:52], noise(40, 400)[:, :64])
