"""Run-length masks against whole masks and against pycocotools, COCO's own implementation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask

masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24))


@st.composite
def sparse_masks(draw):
    """Larger masks with a few filled rectangles, so that runs are long and wrap around columns."""
    height, width = draw(st.integers(1, 300)), draw(st.integers(1, 200))
    mask = np.zeros((height, width), bool)
    for _ in range(draw(st.integers(0, 4))):
        row, column = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        mask[row : row + draw(st.integers(1, height)), column : column + draw(st.integers(1, width))] = True
    return mask


@settings(deadline=None, max_examples=60)
@given(st.one_of(masks, sparse_masks()))
def test_decoding_gives_back_what_was_encoded(mask):
    assert np.array_equal(RunLengthMask.from_mask(mask).decode(), mask)


@settings(deadline=None, max_examples=60)
@given(st.one_of(masks, sparse_masks()))
def test_text_equals_that_of_pycocotools(mask):
    coco = pytest.importorskip("pycocotools.mask")
    theirs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    ours = RunLengthMask.from_mask(mask).to_coco()
    assert ours == {"size": theirs["size"], "counts": theirs["counts"].decode()}
    assert RunLengthMask.from_coco(theirs) == RunLengthMask.from_mask(mask)


@settings(deadline=None, max_examples=60)
@given(masks, st.randoms(use_true_random=False))
def test_pixels_in_any_order_and_number_make_the_same_mask(mask, random):
    rows, columns = np.nonzero(mask)
    order = [random.randrange(rows.size) for _ in range(rows.size)] if rows.size else []
    order = np.array([*order, *range(rows.size)], dtype=np.int64)
    height, width = mask.shape
    sparse = RunLengthMask.from_pixels(rows[order], columns[order], height=height, width=width)
    assert sparse == RunLengthMask.from_mask(mask)
    assert sparse.area == np.count_nonzero(mask)


@settings(deadline=None, max_examples=60)
@given(st.one_of(masks, sparse_masks()), st.data())
def test_decoding_a_box_equals_cutting_it_from_the_whole(mask, data):
    height, width = mask.shape
    row, column = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    box = Box(row, column, data.draw(st.integers(1, height - row)), data.draw(st.integers(1, width - column)))
    assert np.array_equal(RunLengthMask.from_mask(mask).decode_box(box), mask[box.slices])


@settings(deadline=None, max_examples=60)
@given(st.one_of(masks, sparse_masks()))
def test_bounding_box_is_the_smallest_around_the_pixels(mask):
    box = RunLengthMask.from_mask(mask).bounding_box()
    if not mask.any():
        assert box is None
        return
    rows, columns = np.nonzero(mask)
    assert (box.row, box.column) == (rows.min(), columns.min())
    assert (box.height, box.width) == (np.ptp(rows) + 1, np.ptp(columns) + 1)


def test_a_photo_of_300_megapixels_needs_no_memory_for_its_pixels():
    mask = RunLengthMask.from_pixels([5, 6, 7], [9, 9, 9], height=15_000, width=20_000)
    assert mask.counts == (9 * 15_000 + 5, 3, 300_000_000 - 9 * 15_000 - 8)
    assert RunLengthMask.from_coco(mask.to_coco()) == mask
    assert mask.decode_box(Box(4, 8, 5, 3)).sum() == 3


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=30), st.integers(1, 50), st.integers(1, 50))
def test_untrusted_text_is_a_mask_or_a_value_error(text, height, width):
    try:
        mask = RunLengthMask.from_coco({"size": [height, width], "counts": text})
    except ValueError:
        return
    assert mask.decode().shape == (height, width)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"size": [2, 2]},
        {"size": [2], "counts": [4]},
        {"size": [2, "2"], "counts": [4]},
        {"size": [True, 4], "counts": [4]},
        {"size": [0, 4], "counts": [0]},
        {"size": [-1, -4], "counts": [4]},
        {"size": [1 << 40, 1 << 40], "counts": [1 << 80]},
        {"size": [2, 2], "counts": [3]},
        {"size": [2, 2], "counts": [5, -1]},
        {"size": [2, 2], "counts": [4.0]},
        {"size": [2, 2], "counts": []},
        {"size": [2, 2], "counts": ""},
        {"size": [2, 2], "counts": "ö"},
        {"size": [2, 2], "counts": "P"},
        {"size": [2, 2], "counts": "o" * 30 + "0"},
        {"size": [2, 2], "counts": 4},
    ],
)
def test_a_document_that_is_no_mask_is_refused(document):
    with pytest.raises(ValueError, match="run-length mask"):
        RunLengthMask.from_coco(document)


def test_empty_runs_inside_a_document_are_joined():
    joined = RunLengthMask.from_coco({"size": [1, 6], "counts": [1, 2, 0, 1, 2]})
    assert joined == RunLengthMask(1, 6, (1, 3, 2))


@pytest.mark.parametrize("counts", [(), (5,), (1, 2), (1, 0, 3), (-1, 5)])
def test_runs_that_do_not_make_the_mask_are_refused(counts):
    with pytest.raises(ValueError, match=r"run"):
        RunLengthMask(2, 2, counts)


def test_pixels_and_boxes_outside_the_photo_are_refused():
    with pytest.raises(ValueError, match="outside the photo of 4×5 px"):
        RunLengthMask.from_pixels([4], [0], height=4, width=5)
    with pytest.raises(ValueError, match="not inside the photo of 4×5 px"):
        RunLengthMask(4, 5, (20,)).decode_box(Box(0, 0, 5, 5))
