import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.imaging.rle import RunLengthMask
from crackscope.inspection.coverage import covered_px


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 4), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_masks_cover_what_their_union_covers(height, width, count, share, seed):
    masks = np.random.default_rng(seed).random((count, height, width)) < share
    assert covered_px([RunLengthMask.from_mask(mask) for mask in masks]) == masks.any(axis=0).sum()
