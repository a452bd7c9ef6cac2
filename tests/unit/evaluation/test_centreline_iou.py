import cv2
import numpy as np
import pytest

from crackscope.evaluation.centreline_iou import centreline_iou, count_centreline
from crackscope.evaluation.tolerance import MatchCounts


def line(row, first, last, width_px):
    mask = np.zeros((60, 120), bool)
    mask[row - width_px // 2 : row + width_px // 2 + 1, first:last] = True
    return mask


def test_a_fat_and_a_thin_mask_of_one_crack_agree():
    assert centreline_iou(count_centreline(line(30, 10, 110, 9), line(30, 10, 110, 1))) == pytest.approx(
        1, abs=0.05
    )


def test_a_crack_found_by_half_has_half_the_centreline():
    found = centreline_iou(count_centreline(line(30, 10, 60, 3), line(30, 10, 110, 3)))
    assert found == pytest.approx((50 + 4) / 100, abs=0.03)  # the tolerance reaches 4 px past the end


def test_a_line_five_px_aside_is_missed_and_false():
    assert centreline_iou(count_centreline(line(35, 10, 110, 1), line(30, 10, 110, 1))) == 0


def test_the_formula_on_hand_counted_matches():
    # 20 of 40 true px matched; 10 predicted px unmatched: 20 / (20 + 20 + 10).
    counts = MatchCounts(predicted=30, predicted_matched=20, truth=40, truth_matched=20)
    assert centreline_iou(counts) == pytest.approx(0.4)


def test_two_empty_masks_have_no_centreline_iou():
    empty = np.zeros((8, 8), bool)
    assert centreline_iou(count_centreline(empty, empty)) is None


def test_the_figure_equals_the_published_definition_by_dilation():
    """Benz and Rodehorst's clIoU: dilate both skeletons by a disc of 4 px, count, take the Jaccard index."""
    thin = pytest.importorskip("skimage.morphology").thin
    rng = np.random.default_rng(7)
    disc = (np.hypot(*np.mgrid[-4:5, -4:5]) <= 4).astype(np.uint8)
    for _ in range(5):
        truth, predicted = np.zeros((120, 160), np.uint8), np.zeros((120, 160), np.uint8)
        points = np.cumsum(rng.integers(-12, 18, (12, 2)), axis=0) + 40
        moved = points + rng.integers(-5, 6, points.shape)
        cv2.polylines(truth, [points.astype(np.int32)], isClosed=False, color=1, thickness=3)
        cv2.polylines(predicted, [moved.astype(np.int32)], isClosed=False, color=1, thickness=5)
        true_line, predicted_line = thin(truth).astype(np.uint8), thin(predicted).astype(np.uint8)
        tp = int((true_line & cv2.dilate(predicted_line, disc)).sum())
        fp = int((predicted_line & (1 - cv2.dilate(true_line, disc))).sum())
        fn = int(true_line.sum()) - tp
        measured = centreline_iou(count_centreline(predicted.astype(bool), truth.astype(bool)))
        assert measured == pytest.approx(tp / (tp + fp + fn))
