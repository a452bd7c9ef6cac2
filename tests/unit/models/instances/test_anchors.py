import numpy as np
import pytest
import torch

from crackscope.models.instances.anchor_fit import AnchorCover, AnchorShapes, cover, fit_anchors
from crackscope.models.instances.anchors import STRIDES, Anchors


def levels(height, width):
    return [torch.zeros(1, 1, -(-height // stride), -(-width // stride)) for stride in STRIDES]


def test_anchors_lie_about_the_middles_of_the_cells_in_the_order_of_the_maps():
    anchors = Anchors(AnchorShapes())(levels(96, 160))
    per_cell = 5
    assert anchors.shape == (per_cell * (24 * 40 + 12 * 20 + 6 * 10 + 3 * 5 + 2 * 3 + 1 * 2), 4)
    second_row = anchors[per_cell * (40 + 3) : per_cell * (40 + 4)]
    middles = (second_row[:, :2] + second_row[:, 2:]) / 2
    torch.testing.assert_close(middles, torch.tensor([[3.5 * 4, 1.5 * 4]]).expand(per_cell, 2))


def test_an_anchor_has_its_size_and_ratio():
    anchors = Anchors(AnchorShapes())(levels(32, 32))[:5]
    width, height = (anchors[:, 2:] - anchors[:, :2]).unbind(1)
    torch.testing.assert_close(height / width, torch.tensor([1 / 6, 1 / 2.4, 1, 2.4, 6]))
    torch.testing.assert_close(height * width, torch.full((5,), 12.0**2))


def test_shapes_are_kept_with_the_weights():
    others = AnchorShapes((20, 40, 80, 160, 320, 640), (0.1, 0.3, 1, 3, 10))
    network = Anchors(AnchorShapes())
    network.load_state_dict(Anchors(others).state_dict())
    assert network.shapes().sizes_px == pytest.approx(others.sizes_px)
    assert network.shapes().ratios == pytest.approx(others.ratios)


def test_a_box_of_half_an_anchors_area_inside_it_covers_one_half():
    shapes = AnchorShapes((10, 20, 40, 80, 160, 320), (1.0,))
    assert cover(shapes, [[20, 10]]) == AnchorCover(mean_iou=0.5, half_share=1.0)


def test_fitted_anchors_suit_long_thin_boxes_better_than_square_ones():
    rng = np.random.default_rng(0)
    length, ratio = rng.uniform(40, 300, 400), rng.uniform(4, 14, 400)
    boxes = np.stack([length, length / ratio], axis=1)
    boxes = np.concatenate([boxes, boxes[:, ::-1]])
    fitted = fit_anchors(boxes)
    square = AnchorShapes(fitted.sizes_px, (0.5, 1.0, 2.0))
    assert cover(fitted, boxes).mean_iou > cover(AnchorShapes(), boxes).mean_iou
    assert cover(fitted, boxes).mean_iou > 1.3 * cover(square, boxes).mean_iou
    assert max(fitted.ratios) == pytest.approx(1 / min(fitted.ratios))


def test_without_boxes_the_default_stays():
    assert fit_anchors(np.empty((0, 2))) == AnchorShapes()


@pytest.mark.parametrize("shapes", [{"sizes_px": (1, 2)}, {"ratios": ()}, {"ratios": (0.0, 1.0)}])
def test_impossible_shapes_are_refused(shapes):
    with pytest.raises(ValueError, match="anchors need 6 sizes"):
        AnchorShapes(**shapes)
