import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")

import torch

from crackscope.models.encoder_state import fill_decoder, fill_encoder
from crackscope.models.registry import build


def test_two_scales_start_as_the_mean_of_the_maps_at_full_and_half_size():
    torch.manual_seed(0)
    one, two = build("segment", "mobile", {}).eval(), build("segment", "mobile-two-scales", {})
    fill_encoder(two, one.state_dict())
    assert fill_decoder(two, one.state_dict())
    two.eval()
    picture = torch.randn(1, 3, 128, 192)
    with torch.no_grad():
        near, far = one(picture), one(torch.nn.functional.avg_pool2d(picture, 2))
        far = torch.nn.functional.interpolate(far, scale_factor=2, mode="bilinear", align_corners=False)
        torch.testing.assert_close(two(picture), 0.7 * near + 0.3 * far, atol=1e-5, rtol=1e-4)


def test_batch_norms_that_are_kept_stay_as_they_are_in_training():
    network = build("segment", "mobile-two-scales", {"keep_norms": True})
    before = {name: value.clone() for name, value in network.named_buffers()}
    network.train()(torch.randn(2, 3, 64, 64))
    for name, value in network.named_buffers():
        assert torch.equal(value, before[name]), name
    assert network.training
