"""What every segmentation architecture must do, whoever wrote it."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from crackscope.engine.model_card import ModelCard, ModelInput
from crackscope.engine.segmentation import Segmenter
from crackscope.export.onnx_export import export_fp32
from crackscope.export.parity import compare, network_predictor
from crackscope.export.quantise import quantise_int8
from crackscope.imaging.synthetic import draw_photo
from crackscope.models import architectures, build_segmentation, segmentation_models
from crackscope.models.layers import as_channels_last
from crackscope.training.normalisation import from_uint8, normalise

QUANTISED = ("unet", "enet", "hrsegnet")
"""The project's own; those that are shipped are quantised in the tests of the export."""
STEPS = 10


def narrow(name: str) -> dict[str, object]:
    """Options that keep an architecture's layers and take its width."""
    if name.startswith("unet-"):
        return {"decoder_channels": (32, 16, 16, 8, 8)}
    return {
        "unet": {"base": 8},
        "mobile": {"lateral": 16, "half": 16},
        "resnet50": {"lateral": 16, "half": 16},
        "deeplabv3plus": {"decoder_channels": 32},
        "segformer-b0": {"decoder_channels": 32},
    }.get(name, {})


def build(name: str, *, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return build_segmentation(name, narrow(name))


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Two drawn crops of 64 px, normalised, and their masks."""
    drawn = [draw_photo(height=64, width=64, seed=seed, cracks=1) for seed in range(2)]
    pixels = torch.from_numpy(np.stack([each.pixels for each in drawn]))
    masks = torch.from_numpy(np.stack([each.mask for each in drawn]))[:, None].float()
    assert masks.sum() > 50
    return normalise(from_uint8(pixels)), masks


@pytest.fixture(scope="module", params=segmentation_models())
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def fresh(name: str) -> nn.Module:
    return build(name)


@pytest.fixture(scope="module")
def losses_and_trained(
    fresh: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]
) -> tuple[list[float], nn.Module]:
    """A copy of the network after a few steps on one batch, and its losses on the way."""
    torch.manual_seed(1)
    network = as_channels_last(copy.deepcopy(fresh)).train()
    pixels, masks = batch
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3)
    losses = []
    for _ in range(STEPS):
        loss = F.binary_cross_entropy_with_logits(network(pixels), masks)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return losses, network.eval()


def test_there_is_a_logit_for_every_pixel_of_any_size_that_fits_the_stride(fresh: nn.Module):
    network, stride = copy.deepcopy(fresh).eval(), fresh.stride
    for pictures, height, width in [(1, stride, 3 * stride), (2, 2 * stride, stride)]:
        with torch.inference_mode():
            logits = network(torch.randn(pictures, 3, height, width))
        assert logits.shape == (pictures, 1, height, width)
        assert logits.dtype == torch.float32


def test_an_untrained_network_expects_few_crack_pixels(
    fresh: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]
):
    with torch.no_grad():
        probability = torch.sigmoid(copy.deepcopy(fresh).train()(batch[0]))
    assert 0.005 < float(probability.mean()) < 0.2


def test_the_encoder_is_made_of_modules_that_are_there_and_is_not_all(fresh: nn.Module):
    assert fresh.encoder_parts
    inside = sum(p.numel() for part in fresh.encoder_parts for p in fresh.get_submodule(part).parameters())
    assert 0 < inside < sum(p.numel() for p in fresh.parameters())


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(name: str, fresh: nn.Module):
    again, other = build(name).state_dict(), build(name, seed=1).state_dict()
    own = fresh.state_dict()
    assert all(torch.equal(own[key], again[key]) for key in own)
    assert any(not torch.equal(own[key], other[key]) for key in own)


def test_the_loss_on_one_batch_falls(losses_and_trained: tuple[list[float], nn.Module]):
    losses, _ = losses_and_trained
    assert losses[-1] < 0.7 * losses[0]


def test_engines_compute_what_torch_computes_at_every_size(
    name: str, losses_and_trained: tuple[list[float], nn.Module], tmp_path: Path
):
    network = copy.deepcopy(losses_and_trained[1])
    pictures = [
        draw_photo(height=height, width=width, seed=7).pixels
        for height, width in [(64, 64), (70, 33), (32, 130)]
    ]
    card = ModelCard(name=name, task="segment", input=ModelInput(stride=network.stride), threshold=0.5)
    file = export_fp32(network, card, tmp_path / "network.onnx")
    reference = network_predictor(network, card.input)
    for engine in ("openvino", "onnxruntime"):
        candidate = Segmenter(file, engine=engine, threads=1).probability_map
        assert compare(reference, candidate, pictures, threshold=0.5).max_difference < 1e-3
    if name in QUANTISED:
        quantised = quantise_int8(file.path, tmp_path / "int8.onnx", pictures[:1])
        for engine in ("openvino", "onnxruntime"):
            candidate = Segmenter(quantised, engine=engine, threads=1).probability_map
            assert compare(reference, candidate, pictures, threshold=0.5).mean_difference < 0.02


def test_every_row_says_what_it_is_and_where_it_comes_from():
    for row in architectures("segment"):
        assert row.summary
        assert re.search(r" (19|20)\d\d, \".+\"", row.reference)
        assert "\n" not in row.summary
