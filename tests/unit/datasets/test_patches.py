import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.datasets.patches import label_patches, patch_label


@pytest.mark.parametrize(("crack_px", "label"), [(0, False), (1, None), (9, None), (10, True), (64, True)])
def test_a_patch_is_cracked_from_so_many_crack_pixels_on_and_crack_free_without_any(crack_px, label):
    mask = np.zeros(64, bool)
    mask[:crack_px] = True
    assert patch_label(mask.reshape(8, 8), min_crack_px=10) is label


@settings(max_examples=30, deadline=None)
@given(height=st.integers(1, 200), width=st.integers(1, 200), seed=st.integers(0, 9))
def test_patches_cover_the_picture_and_their_labels_are_those_of_their_pixels(height, width, seed):
    mask = np.random.default_rng(seed).random((height, width)) < 0.01
    seen = np.zeros_like(mask)
    for patch in label_patches(mask, patch_px=48, min_crack_px=20):
        assert max(patch.box.height, patch.box.width) <= 48
        seen[patch.box.slices] = True
        count = int(mask[patch.box.slices].sum())
        assert patch.cracked is {True: True, False: None if count else False}[count >= 20]
    assert seen.all()


def test_a_picture_whose_sides_divide_is_cut_without_overlap():
    mask = np.zeros((64, 96), bool)
    boxes = [(each.box.row, each.box.column) for each in label_patches(mask, patch_px=32, min_crack_px=1)]
    assert boxes == [(row, column) for row in (0, 32) for column in (0, 32, 64)]
