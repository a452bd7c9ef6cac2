"""What the papers say of the networks that the project builds after them."""

import pytest
import torch

from crackscope.models import build_segmentation
from crackscope.models.cost import count_macs
from crackscope.models.layers import count_parameters


def test_a_unet_of_64_channels_has_the_papers_31_million_weights():
    assert count_parameters(build_segmentation("unet", {"base": 64})) == pytest.approx(31.03e6, rel=0.002)


def test_enet_has_the_papers_third_of_a_million_weights():
    assert count_parameters(build_segmentation("enet")) == pytest.approx(0.37e6, rel=0.05)


def test_hrsegnet_costs_about_what_the_paper_says():
    # 0.61 GFLOP at 400 × 400 for B16; 416 is the next size that the strides divide.
    macs = count_macs(build_segmentation("hrsegnet"), 416, 416) * (400 / 416) ** 2
    assert 0.4e9 < macs < 0.61e9


def test_hrsegnet_stays_at_a_quarter_of_the_resolution():
    network = build_segmentation("hrsegnet").eval()
    sizes = []
    for stage in network.stages:
        stage.register_forward_hook(lambda _stage, _inputs, output: sizes.append(tuple(output.shape)))
    with torch.no_grad():
        network(torch.zeros(1, 3, 64, 96))
    assert sizes == [(1, 16, 16, 24)] * 3


@pytest.mark.parametrize(("name", "far_px"), [("unet", 40), ("enet", 100), ("hrsegnet", 60)])
def test_a_pixel_is_judged_by_what_lies_far_around_it(name: str, far_px: int):
    torch.manual_seed(0)
    network = build_segmentation(name, {"base": 4} if name == "unet" else None).eval()
    photo = torch.randn(1, 3, 256, 256, requires_grad=True)
    network(photo)[0, 0, 128, 128].backward()
    rows = photo.grad.abs().sum((0, 1, 3)).nonzero()
    assert int(rows.min()) <= 128 - far_px
    assert int(rows.max()) >= 128 + far_px
