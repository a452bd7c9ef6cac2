from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.morphology import thin as reference

from crackscope.measurement.thinning import skeleton


@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=16)))
@settings(max_examples=150, deadline=None)
def test_skeleton_of_noise_equals_the_reference(mask: np.ndarray) -> None:
    assert np.array_equal(skeleton(mask), reference(mask))


@given(st.integers(0, 2**32 - 1), st.floats(1.0, 6.0))
@settings(max_examples=40, deadline=None)
def test_skeleton_of_blobs_equals_the_reference(seed: int, size_px: float) -> None:
    noise = np.random.default_rng(seed).standard_normal((60, 70))
    mask = cv2.GaussianBlur(noise, (0, 0), size_px) > 0
    assert np.array_equal(skeleton(mask), reference(mask))


def test_skeleton_of_real_cracks_equals_the_reference(shared_data: Path) -> None:
    for path in sorted((shared_data / "deepcrack_test" / "masks").glob("*.png"))[::40]:
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 127
        assert np.array_equal(skeleton(mask), reference(mask))


def test_skeleton_leaves_its_mask_alone() -> None:
    mask = np.ones((9, 30), bool)
    skeleton(mask)
    assert mask.all()


@pytest.mark.parametrize("wrong", [np.zeros((3, 3), np.uint8), np.zeros(3, bool), np.zeros((3, 3, 3), bool)])
def test_only_a_mask_is_thinned(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="bool array"):
        skeleton(wrong)
