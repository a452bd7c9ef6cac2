"""Weights from hubs, with files in their place: no test asks a hub."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from crackscope.errors import RecipeError
from crackscope.models import build_segmentation
from crackscope.models.input_folding import MEAN, STD

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


@pytest.fixture
def smp_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, torch.Tensor]], None]:
    """Publish a state dict where segmentation-models-pytorch looks for its encoders."""
    from segmentation_models_pytorch import encoders

    def publish(state: dict[str, torch.Tensor]) -> None:
        save_file({name: value.contiguous() for name, value in state.items()}, tmp_path / "model.safetensors")
        (tmp_path / "config.json").write_text(json.dumps(IMAGENET))
        monkeypatch.setattr(
            encoders, "hf_hub_download", lambda _repository, *, filename, **_: str(tmp_path / filename)
        )

    return publish


def normalised(colours: torch.Tensor, mean: object, std: object) -> torch.Tensor:
    return (colours - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


@pytest.mark.parametrize("name", ["unet-resnet18", "segformer-b0"])
def test_the_encoder_computes_what_the_published_one_does(
    name: str, smp_hub: Callable[[dict[str, torch.Tensor]], None]
):
    torch.manual_seed(0)
    published = build_segmentation(name).encoder.eval()
    smp_hub(published.state_dict())
    torch.manual_seed(1)
    ours = build_segmentation(name, pretrained="imagenet").encoder.eval()
    colours = torch.rand(1, 3, 128, 128)
    with torch.no_grad():
        theirs_seen = published(normalised(colours, **IMAGENET))[-3]
        ours_seen = ours(normalised(colours, MEAN, STD))[-3]
    inside = slice(3, -3)  # convolutions pad with zeros, which stand for another colour
    gap = (ours_seen - theirs_seen)[..., inside, inside].abs().max()
    assert float(gap) < 0.05 * float(theirs_seen.abs().max())
    assert float(theirs_seen.std()) > 0


def test_timms_published_weights_are_taken_by_timms_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import timm
    from timm.models import _hub

    torch.manual_seed(0)
    published = timm.create_model("efficientnet_lite0").state_dict()
    save_file(published, tmp_path / "model.safetensors")
    monkeypatch.setattr(_hub, "hf_hub_download", lambda filename, **_: str(tmp_path / filename))
    network = build_segmentation("unet-efficientnet-lite0", pretrained="imagenet")
    assert network.encoder_parts == ("encoder.model",)
    deep = "blocks.5.0.conv_pw.weight"
    torch.testing.assert_close(network.state_dict()[f"encoder.model.{deep}"], published[deep])


def test_torchvisions_file_is_checked_by_its_hash_and_read_as_tensors_only(
    monkeypatch: pytest.MonkeyPatch,
):
    from torchvision.models import mobilenet_v2

    torch.manual_seed(0)
    published = mobilenet_v2().state_dict()
    asked: dict[str, object] = {}

    def load(url: str, **options: object) -> dict[str, torch.Tensor]:
        asked.update(options, url=url)
        return published

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", load)
    network = build_segmentation("mobile", pretrained="imagenet")
    assert asked["weights_only"] is True
    assert asked["check_hash"] is True
    assert "mobilenet_v2" in str(asked["url"])
    deep = "features.5.conv.1.0.weight"
    torch.testing.assert_close(network.state_dict()[deep], published[deep])
    first = network.features[0][0].weight / published["features.0.0.weight"]
    assert float(first.detach()[:, 0].mean()) == pytest.approx(0.25 / 0.229, rel=1e-4)


@pytest.mark.parametrize("name", ["mobile", "resnet50", "unet-resnet18", "unet-mobilenetv3", "segformer-b0"])
def test_a_hub_that_cannot_be_reached_gives_one_sentence_with_a_remedy(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    from segmentation_models_pytorch import encoders
    from timm.models import _hub

    def unreachable(*_arguments: object, **_options: object) -> None:
        raise ConnectionError("Name or service not known\nMax retries exceeded")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", unreachable)
    monkeypatch.setattr(encoders, "hf_hub_download", unreachable)
    monkeypatch.setattr(_hub, "hf_hub_download", unreachable)
    with pytest.raises(RecipeError) as caught:
        build_segmentation(name, pretrained="imagenet")
    assert str(caught.value).startswith(f"model {name}: its published weights cannot be fetched")
    assert "model.encoder_weights=FILE" in str(caught.value)
    assert "\n" not in str(caught.value)
