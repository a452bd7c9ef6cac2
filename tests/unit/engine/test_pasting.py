import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torchvision.models.detection.roi_heads import paste_masks_in_image

from crackscope.engine.found_instance import Detections, crack_pixels, whole_instances
from crackscope.engine.pasting import paste
from crackscope.imaging.box import Box

HEIGHT, WIDTH = 60, 90


def random_mask(side=28, *, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((side, side), np.float32)


@pytest.mark.parametrize(
    "corners", [(7.3, 4.9, 61.2, 39.4), (20.5, 10.5, 21.5, 50.5), (0.2, 0.7, 89.9, 59.1)]
)
def test_a_pixel_has_the_value_between_the_cells_around_its_middle(corners):
    """Against torch's grid_sample, which takes middles at any place."""
    mask = random_mask()
    box, values = paste(mask, corners, height=HEIGHT, width=WIDTH)
    x0, y0, x1, y1 = corners
    x = (torch.arange(box.column, box.column + box.width) + 0.5 - x0) / (x1 - x0)
    y = (torch.arange(box.row, box.row + box.height) + 0.5 - y0) / (y1 - y0)
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)[None].float() * 2 - 1
    expected = F.grid_sample(
        torch.from_numpy(mask)[None, None], grid, align_corners=False, padding_mode="border"
    )
    np.testing.assert_allclose(values, expected[0, 0].numpy(), atol=1e-4)
    assert bool(((x >= 0) & (x < 1)).all())


def test_in_a_box_of_whole_cells_every_cell_is_enlarged_as_torch_enlarges_it():
    mask = random_mask(7)
    box, values = paste(mask, (4, 6, 25, 20), height=HEIGHT, width=WIDTH)
    assert box == Box(6, 4, 14, 21)
    enlarged = F.interpolate(torch.from_numpy(mask)[None, None], size=(14, 21), mode="bilinear")
    np.testing.assert_allclose(values, enlarged[0, 0].numpy(), atol=1e-6)


def test_a_pasted_line_agrees_with_torchvisions_to_a_pixel():
    """Torchvision rounds corners to whole pixels, so that the two agree to about a pixel's width."""
    mask = np.zeros((28, 28), np.float32)
    mask[np.arange(28), np.arange(28)] = mask[np.arange(27), np.arange(1, 28)] = 1
    box, values = paste(mask, (12, 8, 68, 50), height=HEIGHT, width=WIDTH)
    ours = np.zeros((HEIGHT, WIDTH), bool)
    ours[box.slices] = values >= 0.5
    theirs = paste_masks_in_image(
        torch.from_numpy(mask)[None, None], torch.tensor([[12.0, 8, 68, 50]]), (HEIGHT, WIDTH)
    )[0, 0].numpy()
    grown = np.pad(ours, 1)
    near = np.logical_or.reduce(
        [grown[1 + r : 61 + r, 1 + c : 91 + c] for r in (-1, 0, 1) for c in (-1, 0, 1)]
    )
    assert (theirs >= 0.5).sum() > 100
    assert (near & (theirs >= 0.5)).sum() >= 0.99 * (theirs >= 0.5).sum()


@pytest.mark.parametrize("corners", [(-30.0, -20.0, 40.0, 30.0), (60.0, 30.0, 130.0, 99.0)])
def test_what_reaches_out_of_the_photo_is_cut_off(corners):
    x0, y0, x1, y1 = corners
    whole = paste(random_mask(), (x0 + 40, y0 + 40, x1 + 40, y1 + 40), height=200, width=200)
    cut = paste(random_mask(), corners, height=HEIGHT, width=WIDTH)
    assert whole is not None
    assert cut is not None
    box, values = cut
    rows = slice(box.row + 40 - whole[0].row, box.row + 40 - whole[0].row + box.height)
    columns = slice(box.column + 40 - whole[0].column, box.column + 40 - whole[0].column + box.width)
    np.testing.assert_allclose(values, whole[1][rows, columns], atol=1e-6)


@pytest.mark.parametrize("corners", [(95, 5, 120, 20), (10.6, 5, 11.4, 20), (5, 5, 5, 20)])
def test_a_box_without_a_pixels_middle_is_nothing(corners):
    assert paste(random_mask(), corners, height=HEIGHT, width=WIDTH) is None


def detections(*scored):
    boxes = np.array([box for box, _, _ in scored], np.float32).reshape(-1, 4)
    masks = np.array([np.full((1, 8, 8), logit(value)) for _, _, value in scored], np.float32)
    scores = np.array([score for _, score, _ in scored], np.float32)
    return Detections(boxes, scores, masks, np.zeros((1, 1, HEIGHT, WIDTH), np.float32))


def logit(probability):
    return math.log(probability / (1 - probability))


def test_cracks_are_given_from_a_score_on_and_with_pixels_alone():
    given = detections(((2, 3, 12, 8), 0.9, 0.8), ((20, 3, 40, 8), 0.4, 0.8), ((50, 3, 60, 8), 0.7, 0.4))
    found = whole_instances(
        crack_pixels(given, height=HEIGHT, width=WIDTH, least_score=0.3), height=HEIGHT, width=WIDTH
    )
    assert [round(each.score, 2) for each in found] == [0.9, 0.4]
    assert [each.mask.bounding_box() for each in found] == [Box(3, 2, 5, 10), Box(3, 20, 5, 20)]
    assert [each.mask.area for each in found] == [50, 100]
    assert len(crack_pixels(given, height=HEIGHT, width=WIDTH, least_score=0.5)) == 1
    assert len(crack_pixels(given, height=HEIGHT, width=WIDTH, mask_from=0.39)) == 3
    assert len(crack_pixels(given, height=HEIGHT, width=WIDTH, mask_from=0.0)) == 3
    assert crack_pixels(given, height=HEIGHT, width=WIDTH, mask_from=1.0) == []


def test_cells_say_which_crack_and_the_map_says_which_pixels():
    """A line of one pixel stays one pixel wide in a box whose cells are ten pixels wide."""
    pixels = np.full((1, 1, HEIGHT, WIDTH), -4, np.float32)
    pixels[0, 0, 31] = pixels[0, 0, :, 50] = 4
    masks = np.full((1, 1, 8, 8), 0, np.float32)
    masks[..., 5:] = -40  # the crossing line, from x = 53 on, is another crack
    given = Detections(np.array([[3, 5, 83, 45]], np.float32), np.ones(1, np.float32), masks, pixels)
    (found,) = whole_instances(crack_pixels(given, height=HEIGHT, width=WIDTH), height=HEIGHT, width=WIDTH)
    drawn = found.mask.decode()
    assert drawn[31, 3:48].all()
    assert drawn[5:45, 50].sum() <= 40
    assert drawn[:31, :48].sum() == drawn[32:, :48].sum() == 0
    assert not drawn[:, 55:].any()
