import numpy as np
import pytest
import torch

from crackscope.training.augmentation import PhotometricAugmentation
from crackscope.training.precision import computes_in_bf16
from crackscope.training.prediction import predict_picture
from crackscope.training.recipe import AugmentationRecipe, parse_recipe
from crackscope.training.tasks.segmentation import SegmentationTask, f1_by_threshold, widen


def test_a_widened_line_is_wider_by_the_margin_on_either_side():
    logits = torch.full((2, 1, 20, 20), -9.0)
    logits[:, :, 10] = 9.0
    widened = widen(logits, torch.tensor([0, 3]))
    assert (widened > 0).sum(dim=(1, 2, 3)).tolist() == [20, 7 * 20]


def test_without_margins_nothing_changes():
    logits = torch.randn(2, 1, 8, 8)
    assert widen(logits, torch.tensor([0, 0])) is logits


def test_f1_by_threshold_agrees_with_counting():
    rng = np.random.default_rng(0)
    bins = 10
    probability_bin, truth = rng.integers(0, bins, 1000), rng.integers(0, 2, 1000)
    counts = np.bincount(probability_bin + bins * truth, minlength=2 * bins)
    for threshold in range(bins):
        predicted = probability_bin >= threshold
        hits = int((predicted & (truth == 1)).sum())
        f1 = 2 * hits / (int(predicted.sum()) + int(truth.sum()))
        assert f1_by_threshold(counts)[threshold] == pytest.approx(f1)


def test_augmentation_keeps_shape_and_range_and_follows_the_seed():
    augment = PhotometricAugmentation(
        AugmentationRecipe(**dict.fromkeys(AugmentationRecipe.model_fields, 1.0))
    )
    batch = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(4)
    first = augment(batch)
    torch.manual_seed(4)
    torch.testing.assert_close(augment(batch), first)
    assert first.shape == batch.shape
    assert 0 <= float(first.min()) <= float(first.max()) <= 1
    assert not torch.allclose(first, batch, atol=0.05)


def test_augmentation_of_no_probability_changes_nothing():
    augment = PhotometricAugmentation(
        AugmentationRecipe(**dict.fromkeys(AugmentationRecipe.model_fields, 0.0))
    )
    batch = torch.rand(2, 3, 16, 16)
    torch.testing.assert_close(augment(batch), batch)


class _Darkness(torch.nn.Module):
    stride = 32

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[2] % 32 == 0
        assert x.shape[3] % 32 == 0
        return -x[:, :1]


@pytest.mark.parametrize("size", [(1, 1), (33, 47), (64, 32), (5, 300)])
def test_pictures_of_any_size_are_predicted_pixel_by_pixel(size: tuple[int, int]):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    logits = -(pixels[..., 0] / 255 - 0.5) / 0.25
    np.testing.assert_allclose(predict_picture(_Darkness(), pixels), 1 / (1 + np.exp(-logits)), rtol=1e-4)
    np.testing.assert_allclose(
        predict_picture(_Darkness(), pixels, temperature=2.0), 1 / (1 + np.exp(-logits / 2)), rtol=1e-4
    )


def test_the_encoder_learns_at_its_own_rate():
    recipe = parse_recipe(
        {"name": "r", "optimiser": {"learning_rate": 0.01, "encoder_factor": 0.1, "warmup_steps": 0}},
        source="test",
    )
    task = SegmentationTask(recipe, steps=10, validation_sets=["a"])
    optimiser = task.configure_optimizers()["optimizer"]
    rate = {id(p): group["lr"] for group in optimiser.param_groups for p in group["params"]}
    rates = {name: rate[id(parameter)] for name, parameter in task.network.named_parameters()}
    assert rates["stem.0.weight"] == rates["stages.4.0.body.1.weight"] == pytest.approx(0.001)
    assert rates["decoder.head.weight"] == rates["decoder.head.bias"] == pytest.approx(0.01)
    assert len(rates) == len(rate) == sum(len(group["params"]) for group in optimiser.param_groups)


@pytest.mark.parametrize("hardware", [{}, {"avx512_bf16": True}, {"avx512_f": True, "avx512_bf16": False}])
def test_bfloat16_is_used_where_asked_or_where_hardware_has_it(
    hardware: dict[str, bool], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: hardware, raising=False)
    assert computes_in_bf16("bf16")
    assert not computes_in_bf16("fp32")
    assert computes_in_bf16("auto") == hardware.get("avx512_bf16", False)


@pytest.mark.parametrize("native", [True, False])
def test_a_card_decides_where_there_is_one(native: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: native)
    assert computes_in_bf16("auto") == native
