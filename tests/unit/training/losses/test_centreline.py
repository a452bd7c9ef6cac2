from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from crackscope.training.losses import cldice
from crackscope.training.losses.centreline import soft_skeleton

Line = Callable[[slice], Tensor]
Sure = Callable[[Tensor], Tensor]


def test_a_gap_costs_more_than_a_thin_edge(line: Line, ones: Tensor, sure: Sure):
    truth = line(slice(13, 19))
    thinner, broken = line(slice(14, 18)), line(slice(13, 19))
    broken[:, :, :, 12:20] = 0
    assert float(cldice(sure(broken), truth, ones)) > 2 * float(cldice(sure(thinner), truth, ones))


def test_half_of_a_thin_line_by_hand(line: Line, ones: Tensor, sure: Sure):
    truth, half = line(slice(15, 16)), line(slice(15, 16))
    half[..., 16:] = 0
    precision, recall = 1.0, (12 + 1) / (24 + 1)
    f1 = 2 * precision * recall / (precision + recall)
    assert float(cldice(sure(half), truth, ones)) == pytest.approx(1 - f1, abs=1e-5)


@pytest.mark.parametrize("half_width_px", [0, 1, 3])
def test_the_skeleton_of_a_bar_is_its_middle_row(half_width_px: int):
    bar = torch.zeros(1, 1, 21, 60)
    bar[:, :, 10 - half_width_px : 11 + half_width_px] = 1
    skeleton = soft_skeleton(bar, 8)
    expected = torch.zeros_like(bar)
    expected[:, :, 10] = 1
    torch.testing.assert_close(skeleton, expected)


def test_a_soft_skeleton_nowhere_exceeds_its_image_and_costs_nothing_against_itself():
    rng = torch.Generator().manual_seed(0)
    for _ in range(20):
        truth, weight = torch.rand(1, 1, 16, 16, generator=rng), torch.rand(1, 1, 16, 16, generator=rng)
        assert (soft_skeleton(truth, 8) <= truth + 1e-6).all()
        assert float(cldice(torch.logit(truth), truth, weight)) == pytest.approx(0, abs=1e-5)


def test_more_iterations_find_the_centreline_of_wider_cracks():
    bar = torch.zeros(1, 1, 41, 60)
    bar[:, :, 12:29] = 1  # half width 8 px
    assert not soft_skeleton(bar, 4).any()
    assert soft_skeleton(bar, 8).any()
