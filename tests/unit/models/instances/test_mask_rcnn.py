"""What every detection architecture must do."""

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from crackscope.engine.model_card import ModelCard, ModelInput
from crackscope.engine.session import open_session
from crackscope.errors import RecipeError
from crackscope.export.onnx_export import export_fp32
from crackscope.models import architectures
from crackscope.models.encoder_state import fill_decoder, fill_encoder, without_parts
from crackscope.models.instances.mask_rcnn import MaskRcnn
from crackscope.models.instances.teaching import Truth
from crackscope.models.registry import build
from crackscope.training.encoder_weights import load_encoder_weights
from crackscope.training.loss_names import DETECTION_LOSSES

NAMES = [each.name for each in architectures("detect")]
NARROW = {
    "head_channels": 16,
    "mask_channels": 8,
    "box_features": 32,
    "map_channels": 8,
    "proposals": 30,
    "most_cracks": 12,
}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def narrow(name: str, **options: object) -> MaskRcnn:
    torch.manual_seed(0)
    network = build("detect", name, {**NARROW, **options})
    assert isinstance(network, MaskRcnn)
    return network


def talkative(network: MaskRcnn) -> MaskRcnn:
    """Let a fresh network give boxes that differ, so that there is something to compare."""
    for layer, factor in (
        (network.proposal_head.objectness, 30),
        (network.proposal_head.deltas, 10),
        (network.box_head.score, 20),
        (network.box_head.deltas, 300),
        (network.crack_map.decoder.head, 100),
    ):
        layer.weight.data *= factor
    return network.eval()


def one_crack(side: int = 96) -> tuple[torch.Tensor, Truth]:
    """Two crops with a dark bar, 1 crack each, and one without."""
    photos = torch.full((3, 3, side, side), 1.0)
    instances = torch.zeros(3, side, side, dtype=torch.uint8)
    for number, rows, columns in ((0, slice(20, 26), slice(10, 80)), (1, slice(12, 84), slice(40, 48))):
        photos[number, :, rows, columns] = -1.5
        instances[number, rows, columns] = 1
    boxes = [torch.tensor([[10.0, 20, 80, 26]]), torch.tensor([[40.0, 12, 48, 84]]), torch.empty(0, 4)]
    return photos, Truth(instances, boxes, torch.ones(3), torch.ones(3))


def test_there_are_four() -> None:
    assert NAMES == [
        "maskrcnn-mobilenetv2",
        "maskrcnn-mobilenetv3",
        "maskrcnn-resnet101",
        "maskrcnn-resnet50",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_boxes_scores_and_masks_are_what_they_should_be(name: str) -> None:
    network = talkative(narrow(name))
    with torch.inference_mode():
        boxes, scores, masks, pixels = network(torch.randn(1, 3, 64, 96))
    assert 0 < len(boxes) <= 12
    assert boxes.shape == (len(boxes), 4)
    assert masks.shape == (len(boxes), 1, 112, 112)
    assert bool((boxes[:, :2] <= boxes[:, 2:]).all())
    assert bool(((boxes >= 0) & (boxes <= torch.tensor([96, 64, 96, 64]))).all())
    assert bool((scores[:-1] >= scores[1:]).all())
    assert 0.05 <= float(scores.min()) <= float(scores.max()) <= 1
    assert pixels.shape == (1, 1, 64, 96)
    assert bool(torch.isfinite(masks).all() and torch.isfinite(pixels).all())


@pytest.mark.parametrize("name", NAMES)
def test_the_encoder_has_a_name_and_every_weight_a_gradient(name: str) -> None:
    network = narrow(name)
    photos, truth = one_crack(64)
    loss = torch.stack(list(network.losses(photos, truth).values())).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    assert isinstance(network.get_submodule(network.encoder_parts[0]), torch.nn.Module)
    without = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not bool(torch.isfinite(parameter.grad).all())
    ]
    assert without == []


def test_the_losses_fall_on_one_batch() -> None:
    network = narrow("maskrcnn-mobilenetv2", mask_px=28)
    photos, truth = one_crack()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    history = []
    for step in range(25):
        torch.manual_seed(step)
        losses = network.losses(photos, truth)
        assert tuple(losses) == DETECTION_LOSSES
        optimiser.zero_grad()
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        history.append({name: float(loss.detach()) for name, loss in losses.items()})
    assert sum(history[-1].values()) < 0.6 * sum(history[0].values())
    for name in ("objectness", "mask", "mask-dice"):
        assert history[-1][name] < history[0][name], name


def test_a_batch_without_a_crack_teaches_background_alone() -> None:
    network = narrow("maskrcnn-mobilenetv2")
    nothing = Truth(
        torch.zeros(2, 64, 64, dtype=torch.uint8), [torch.empty(0, 4)] * 2, torch.ones(2), torch.ones(2)
    )
    losses = network.losses(torch.randn(2, 3, 64, 64), nothing)
    assert float(losses["objectness"].detach()) > 0
    assert float(losses["class"].detach()) > 0
    assert [float(losses[name].detach()) for name in ("proposal-box", "box", "mask", "mask-dice")] == [0] * 4
    assert float(losses["pixel"].detach()) > 0


def test_masks_begin_as_the_map_of_crack_pixels_in_their_boxes() -> None:
    network = talkative(narrow("maskrcnn-mobilenetv2"))
    torch.nn.init.zeros_(network.mask_head.logits.weight)
    torch.manual_seed(3)
    photo = torch.randn(1, 3, 96, 128)
    with torch.inference_mode():
        boxes, _, masks, pixels = network(photo)
        torch.testing.assert_close(pixels, network.crack_map(network.backbone(photo)[1]))
    assert len(boxes) > 0
    assert not masks.any()


@pytest.mark.parametrize(("mirrors", "axes"), [(1, [(3,)]), (3, [(3,), (2,), (2, 3)])])
def test_the_map_is_the_mean_of_those_of_mirror_images(mirrors: int, axes: list[tuple[int, ...]]) -> None:
    network = narrow("maskrcnn-mobilenetv2", mirrors=mirrors).eval()
    torch.manual_seed(3)
    photo = torch.randn(1, 3, 64, 96)

    def look(seen: torch.Tensor) -> torch.Tensor:
        return network.crack_map(network.backbone(seen)[1])

    with torch.inference_mode():
        maps = [look(photo), *(look(photo.flip(own)).flip(own) for own in axes)]
        torch.testing.assert_close(network(photo)[3], torch.stack(maps).mean(dim=0))
        assert not torch.allclose(maps[0], maps[1], atol=1e-3)
        mirrored = network(photo.flip(3))[3].flip(3)
        assert torch.allclose(mirrored, network(photo)[3], atol=1e-4)


def test_a_box_is_judged_by_the_cracks_about_it() -> None:
    network = narrow("maskrcnn-mobilenetv2").eval()
    levels = [torch.zeros(1, 16, 96 // stride, 96 // stride) for stride in (4, 8, 16, 32)]
    pixels = torch.full((1, 1, 96, 96), -9.0)
    proposal = [torch.tensor([[30.0, 30.0, 60.0, 60.0]])]
    with torch.inference_mode():
        nothing = network._judge(levels, pixels, proposal, torch.zeros(1))[0]
        for columns, matters in ((slice(62, 66), True), (slice(80, 90), False)):  # it looks 7.5 px beyond
            seen = pixels.clone()
            seen[..., 40:44, columns] = 9.0
            judged = network._judge(levels, seen, proposal, torch.zeros(1))[0]
            assert bool((judged != nothing).all()) is matters


def test_a_frozen_map_stays_as_it_is() -> None:
    network = narrow("maskrcnn-mobilenetv2", frozen_map=True)
    network.train()
    photos, truth = one_crack(64)
    before = {name: value.clone() for name, value in network.crack_map.state_dict().items()}
    optimiser = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    torch.stack(list(network.losses(photos, truth).values())).sum().backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    for name, value in network.crack_map.state_dict().items():
        torch.testing.assert_close(value, before[name])


@pytest.mark.parametrize("name", ["mobile", "unet-mobilenetv2"])
def test_it_starts_from_a_segmentation_network_with_the_same_encoder(name: str) -> None:
    torch.manual_seed(1)
    other = build("segment", name, {})
    network = narrow("maskrcnn-mobilenetv2", map_channels=32)
    state = other.state_dict()
    fill_encoder(network, {**state, **without_parts(other, state)})
    assert fill_decoder(network, state) is (name == "mobile")
    own = network.state_dict()
    theirs = "features.7.conv.0.0.weight" if name == "mobile" else "encoder.features.7.conv.0.0.weight"
    torch.testing.assert_close(own["backbone.body.features.7.conv.0.0.weight"], state[theirs])
    if name == "mobile":
        photo = torch.randn(1, 3, 64, 64)
        with torch.inference_mode():
            features = network.eval().backbone(photo)[1]
            torch.testing.assert_close(network.crack_map(features), other.eval()(photo))


def test_a_decoder_of_another_width_is_left_alone() -> None:
    network = narrow("maskrcnn-mobilenetv2")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert not fill_decoder(network, build("segment", "mobile", {}).state_dict())
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, before[name])


def test_a_batch_in_bfloat16_gives_finite_losses_close_to_those_in_float32() -> None:
    network = narrow("maskrcnn-mobilenetv3")
    photos, truth = one_crack()
    losses = []
    for enabled in (False, True):
        torch.manual_seed(1)
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            losses.append(copy.deepcopy(network).losses(photos, truth))
    for name, loss in losses[0].items():
        assert float(losses[1][name].detach()) == pytest.approx(float(loss.detach()), rel=0.15, abs=0.02), (
            name
        )


@pytest.mark.parametrize("mask_px", [28, 56, 112])
def test_the_mask_has_the_resolution_asked_for(mask_px: int) -> None:
    network = talkative(narrow("maskrcnn-mobilenetv2", mask_px=mask_px))
    with torch.inference_mode():
        assert network(torch.randn(1, 3, 32, 32))[2].shape[1:] == (1, mask_px, mask_px)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mask_px": 30}, "mask_px must be one of 28, 56, 112"),
        ({"mirrors": 4}, "mirrors must be 0 to 3"),
        ({"anchors": "best"}, "anchors must be default or fit"),
        ({"anchors": "fit", "anchor_ratios": [1]}, "anchors are fitted or given"),
        ({"anchor_sizes_px": [1, 2]}, "anchors need 6 sizes"),
        ({"frozen_stages": 9}, "frozen_stages must be 0 to 5"),
        ({"depth_of_field": 3}, "depth_of_field"),
    ],
)
def test_options_that_do_not_fit_are_named(options: dict[str, object], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        build("detect", "maskrcnn-resnet50", {**NARROW, **options})


def test_kept_norms_and_frozen_stages_stay_as_they_are() -> None:
    network = narrow("maskrcnn-mobilenetv2", keep_norms=True, frozen_stages=2)
    before = {name: value.clone() for name, value in network.backbone.body.state_dict().items()}
    network.train()
    photos, truth = one_crack(64)
    optimiser = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    torch.stack(list(network.losses(photos, truth).values())).sum().backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    after = network.backbone.body.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert not any("running_" in name or name.startswith(("features.0.", "features.2.")) for name in changed)


@pytest.mark.parametrize("name", ["maskrcnn-mobilenetv2", "maskrcnn-resnet50"])
def test_a_graph_gives_what_the_network_gives_at_sizes_it_was_not_traced_at(
    name: str, tmp_path: Path
) -> None:
    network = talkative(narrow(name))
    card = ModelCard(name="t", task="detect", input=ModelInput(), threshold=0.5)
    model_file = export_fp32(network, card, tmp_path / "t.onnx")
    rng = np.random.default_rng(0)
    for engine in ("openvino", "onnxruntime"):
        session = open_session(model_file, engine=engine, threads=1)
        for height, width in ((32, 32), (160, 64), (96, 224)):
            pixels = rng.integers(0, 256, (1, height, width, 3), dtype=np.uint8)
            photo = (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.25
            with torch.inference_mode():
                expected = network(photo)
                share = (network.crack_map(network.backbone(photo)[1]) > 0).float().mean()
            assert len(expected[0]) > 0
            assert 0.01 < float(share) < 0.99  # of the map is proposed, too
            for found, wanted, tolerance in zip(
                session.outputs(pixels), expected, (0.02, 1e-3, 5e-3, 5e-3), strict=True
            ):
                assert found.shape == tuple(wanted.shape)
                np.testing.assert_allclose(found, wanted.numpy(), atol=tolerance, rtol=0)


def test_a_graph_that_finds_nothing_gives_nothing(tmp_path: Path) -> None:
    network = narrow("maskrcnn-mobilenetv2").eval()
    network.box_head.score.bias.data.fill_(-20)
    card = ModelCard(name="t", task="detect", input=ModelInput(), threshold=0.5)
    model_file = export_fp32(network, card, tmp_path / "t.onnx")
    for engine in ("openvino", "onnxruntime"):
        session = open_session(model_file, engine=engine, threads=1)
        shapes = [each.shape for each in session.outputs(np.zeros((1, 64, 96, 3), np.uint8))]
        assert shapes == [(0, 4), (0,), (0, 1, 112, 112), (1, 1, 64, 96)]


def test_the_encoder_starts_from_a_file_under_torchvisions_names(shared_weights: Path) -> None:
    network = narrow("maskrcnn-mobilenetv2")
    path = shared_weights / "mobilenet_v2_imagenet.pth"
    load_encoder_weights(network, path, mean=(0.5,) * 3, std=(0.5,) * 3)
    state = torch.load(path, weights_only=True)
    own = network.backbone.body.state_dict()
    torch.testing.assert_close(own["features.16.conv.2.weight"], state["features.16.conv.2.weight"].float())


def test_a_residual_encoder_starts_from_a_partial_file(shared_weights: Path) -> None:
    network = narrow("maskrcnn-resnet50", stride_in_1x1=True)
    path = shared_weights / "resnet50_imagenet_partial.pth"
    load_encoder_weights(network, path, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), partial=True)
    state = torch.load(path, weights_only=True)
    own = network.backbone.body.state_dict()
    torch.testing.assert_close(own["layer3.5.conv3.weight"], state["layer3.5.conv3.weight"].float())
