"""Boxes about what holds together, compared with OpenCV's."""

import cv2
import numpy as np
import pytest
import torch

from crackscope.models.instances.connected import LEAST_AREA_PX, connected_boxes


def by_opencv(probability: np.ndarray, threshold: float) -> set[tuple[int, ...]]:
    mask = (probability >= threshold).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return {(x, y, x + w, y + h) for x, y, w, h, area in stats[1:].tolist() if area >= LEAST_AREA_PX}


def lines(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    picture = np.zeros((90, 130), np.uint8)
    for _ in range(12):
        points = rng.integers(0, [130, 90], (4, 2)).astype(np.int32)
        cv2.polylines(picture, [points], False, int(rng.integers(60, 255)), int(rng.integers(1, 3)))
    return picture.astype(np.float32) / 255


def spiral() -> np.ndarray:
    turn = np.linspace(0, 40, 4000)
    points = np.stack([65 + turn * np.cos(turn), 45 + turn * np.sin(turn)], axis=1)
    picture = np.zeros((90, 130), np.uint8)
    cv2.polylines(picture, [points.round().astype(np.int32)], False, 255, 1)
    return picture.astype(np.float32) / 255


@pytest.mark.parametrize("probability", [*(lines(seed) for seed in range(6)), spiral()])
def test_every_threshold_has_the_boxes_that_opencv_finds(probability: np.ndarray) -> None:
    thresholds = [0.3, 0.6, 0.9]
    found, sureness = connected_boxes(torch.from_numpy(probability), thresholds=thresholds, most=500)
    wanted = [box for threshold in thresholds for box in by_opencv(probability, threshold)]
    assert sorted(map(tuple, found.int().tolist())) == sorted(wanted)
    assert bool((sureness >= 0.3).all())


def test_a_region_that_touches_the_edge_does_not_go_on_at_the_other() -> None:
    probability = torch.zeros(32, 32)
    probability[4:8, 26:] = 0.9
    probability[5:9, :6] = 0.9
    assert len(connected_boxes(probability, thresholds=[0.5], most=9)[0]) == 2


def test_the_largest_sums_come_first_and_no_more_than_asked() -> None:
    probability = torch.zeros(60, 60)
    for number, length in enumerate((20, 50, 10, 40)):
        probability[4 + 12 * number : 8 + 12 * number, 2 : 2 + length] = 0.9
    boxes, _ = connected_boxes(probability, thresholds=[0.5], most=3)
    assert (boxes[:, 2] - boxes[:, 0]).tolist() == [50, 40, 20]


def test_specks_and_empty_maps_have_no_box() -> None:
    probability = torch.zeros(32, 32)
    assert connected_boxes(probability, thresholds=[0.5], most=9)[0].shape == (0, 4)
    probability[3:6, 3:6] = 1.0
    assert connected_boxes(probability, thresholds=[0.5], most=9)[0].shape == (0, 4)
