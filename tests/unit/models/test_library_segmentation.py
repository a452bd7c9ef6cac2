import pytest
import torch

from crackscope.errors import RecipeError
from crackscope.models import build_segmentation
from crackscope.models.layers import count_parameters

NARROW = {"decoder_channels": (16, 16, 8, 8, 8)}


def test_the_stride_moves_to_the_1x1_convolution_and_features_keep_their_sizes():
    network = build_segmentation("unet-resnet50", {**NARROW, "stride_in_1x1": True}).eval()
    for stage in (network.encoder.layer2, network.encoder.layer3, network.encoder.layer4):
        assert (stage[0].conv1.stride, stage[0].conv2.stride) == ((2, 2), (1, 1))
    assert network.encoder.layer1[0].conv1.stride == (1, 1)
    with torch.no_grad():
        sizes = [feature.shape[-1] for feature in network.encoder(torch.zeros(1, 3, 64, 64))]
    assert sizes == [64, 32, 16, 8, 4, 2]


@pytest.mark.parametrize("name", ["unet-resnet18", "unet-mobilenetv2"])
def test_only_bottlenecks_have_a_1x1_convolution_to_move_the_stride_to(name: str):
    with pytest.raises(RecipeError, match="ResNet-50 and ResNet-101"):
        build_segmentation(name, {**NARROW, "stride_in_1x1": True})


def test_decoder_channels_and_attention_change_the_decoder_alone():
    plain = build_segmentation("unet-resnet18")
    own = {"decoder_channels": (32, 16, 16, 16, 16)}
    narrow = build_segmentation("unet-resnet18", own)
    attentive = build_segmentation("unet-resnet18", {**own, "decoder_attention": "scse"})
    assert count_parameters(narrow.decoder) < count_parameters(attentive.decoder)
    assert count_parameters(attentive.decoder) < count_parameters(plain.decoder)
    assert count_parameters(narrow.encoder) == count_parameters(plain.encoder)


def test_attention_over_too_few_channels_is_refused():
    with pytest.raises(RecipeError, match="at least 16 decoder_channels"):
        build_segmentation("unet-resnet18", {**NARROW, "decoder_attention": "scse"})


@pytest.mark.parametrize("name", ["deeplabv3plus", "segformer-b0"])
def test_enlarging_the_answer_does_not_depend_on_where_in_the_picture_a_pixel_lies(name: str):
    torch.manual_seed(0)
    network = build_segmentation(name, {"decoder_channels": 16}).eval()
    coarse = torch.rand(1, 16, 24, 24)
    network.encoder = torch.nn.Identity()
    network.decoder = torch.nn.Identity()
    with torch.no_grad():
        whole, part = network(coarse), network(coarse[..., 8:16, 8:16])
    assert whole.shape[-1] == 4 * 24
    torch.testing.assert_close(whole[..., 36:60, 36:60], part[..., 4:28, 4:28])


def test_vggs_fresh_weights_are_drawn_as_he_et_al_say():
    torch.manual_seed(0)
    network = build_segmentation("unet-vgg16", NARROW)
    weight = network.encoder.features[3].weight  # 64 → 64 channels
    assert float(weight.detach().std()) == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    assert all(bool(torch.isfinite(value).all()) for value in network.state_dict().values())
