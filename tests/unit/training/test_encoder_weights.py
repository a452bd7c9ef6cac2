from pathlib import Path

import pytest
import torch
from torch import nn

from crackscope.errors import RecipeError
from crackscope.models import build_segmentation
from crackscope.training.encoder_weights import load_encoder_weights
from crackscope.training.normalisation import MEAN, STD, normalise

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
OWN = {"mean": MEAN, "std": STD}


class Encoder(nn.Module):
    """A first convolution without padding, so that folding the normalisation is exact everywhere."""

    encoder_parts = ("conv1", "bn1")

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.head = nn.Conv2d(4, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.bn1(self.conv1(x))


@pytest.mark.parametrize("normalisation", [IMAGENET, {"mean": (0.5,) * 3, "std": (0.5,) * 3}])
def test_the_encoder_computes_what_it_did_under_the_normalisation_it_learnt_with(
    normalisation: dict[str, tuple[float, ...]], tmp_path: Path
):
    torch.manual_seed(0)
    theirs = Encoder().eval()
    theirs.bn1.running_mean.uniform_()
    torch.save(theirs.state_dict(), tmp_path / "theirs.pth")
    ours = Encoder().eval()
    load_encoder_weights(ours, tmp_path / "theirs.pth", **normalisation)
    colours = torch.rand(2, 3, 16, 16)
    mean, std = (torch.tensor(normalisation[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    torch.testing.assert_close(ours(normalise(colours)), theirs((colours - mean) / std), atol=1e-5, rtol=1e-5)


def test_only_the_encoder_is_taken_and_half_precision_widened(tmp_path: Path):
    theirs = build_segmentation("mobile")
    state = {name: value.half() if value.ndim == 4 else value for name, value in theirs.state_dict().items()}
    torch.save(state | {"classifier.1.weight": torch.zeros(1001, 1280)}, tmp_path / "theirs.pth")
    ours = build_segmentation("mobile")
    head = ours.state_dict()["decoder.head.weight"].clone()
    load_encoder_weights(ours, tmp_path / "theirs.pth", **IMAGENET)
    loaded = ours.state_dict()
    deep = "features.16.conv.2.weight"
    assert loaded[deep].dtype == torch.float32
    torch.testing.assert_close(loaded[deep], state[deep].float())
    torch.testing.assert_close(loaded["decoder.head.weight"], head)


@pytest.mark.parametrize(
    ("name", "path", "options"),
    [
        ("mobile", "mobilenet_v2_imagenet.pth", {}),
        ("unet-mobilenetv2", "mobilenet_v2_imagenet.pth", {}),
        ("resnet50", "resnet50_imagenet_partial.pth", {"stride_in_1x1": True}),
        ("unet-resnet50", "resnet50_imagenet_partial.pth", {"stride_in_1x1": True}),
    ],
)
def test_published_weights_fit_the_architecture(
    name: str, path: str, options: dict[str, bool], shared_weights: Path
):
    network = build_segmentation(name, options)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    partial = name == "unet-resnet50"  # of its last stage, the file holds the batch norms alone
    fresh = load_encoder_weights(network, shared_weights / path, **IMAGENET, partial=partial)
    parts = tuple(f"{part}." for part in network.encoder_parts)
    for key, value in network.state_dict().items():
        if value.ndim == 4:
            taken = key.startswith(parts) and key not in fresh
            assert torch.equal(value, before[key]) != taken, key
    assert partial == bool(fresh)
    assert all(key.startswith("encoder.layer4.") for key in fresh)


class Deep(nn.Module):
    """An encoder inside another module, as instance networks have theirs."""

    encoder_parts = ("backbone.body",)

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.body = nn.Sequential(
            nn.Conv2d(3, 4, 3, bias=False),
            nn.BatchNorm2d(4),
            nn.Conv2d(4, 4, 3, bias=False),
            nn.BatchNorm2d(4),
        )
        self.head = nn.Conv2d(4, 1, 1)


def test_the_librarys_names_fit_wherever_the_encoder_lies(tmp_path: Path):
    theirs, ours = Deep().backbone.body, Deep()
    torch.save(theirs.state_dict(), tmp_path / "theirs.pth")
    load_encoder_weights(ours, tmp_path / "theirs.pth", **OWN)
    torch.testing.assert_close(ours.backbone.body.state_dict(), theirs.state_dict())


def test_what_a_partial_file_lacks_stays_fresh_and_so_does_its_batch_norm(tmp_path: Path):
    theirs, ours = Deep().backbone.body, Deep()
    for layer in (theirs[1], theirs[3]):
        layer.running_mean.fill_(5.0)
    state = theirs.state_dict()
    del state["2.weight"]
    torch.save(state, tmp_path / "theirs.pth")
    second = ours.backbone.body[2].weight.clone()
    fresh = load_encoder_weights(ours, tmp_path / "theirs.pth", **OWN, partial=True)
    last_norm = [f"backbone.body.3.{key}" for key in ("weight", "bias", "running_mean", "running_var")]
    assert list(fresh) == ["backbone.body.2.weight", *last_norm]
    assert torch.equal(ours.backbone.body[2].weight, second)
    assert float(ours.backbone.body[3].running_mean.max()) == 0.0
    assert float(ours.backbone.body[1].running_mean.min()) == 5.0


def test_a_file_with_less_than_half_of_the_encoder_is_refused_even_as_a_partial_one(tmp_path: Path):
    state = {name: value for name, value in Deep().backbone.body.state_dict().items() if name[0] in "03"}
    torch.save(state, tmp_path / "theirs.pth")
    ours = Deep()
    before = {name: value.clone() for name, value in ours.state_dict().items()}
    with pytest.raises(RecipeError, match="lacks 9 of the 10 weights"):
        load_encoder_weights(ours, tmp_path / "theirs.pth", **IMAGENET, partial=True)
    assert all(torch.equal(before[name], value) for name, value in ours.state_dict().items())


def test_a_file_that_lacks_a_little_is_refused_with_the_way_to_take_it(tmp_path: Path):
    state = Deep().backbone.body.state_dict()
    del state["2.weight"]
    torch.save(state, tmp_path / "theirs.pth")
    with pytest.raises(RecipeError, match=r"lacks 1 of .*model\.encoder_weights\.partial=true"):
        load_encoder_weights(Deep(), tmp_path / "theirs.pth", **IMAGENET)


def test_weights_of_another_shape_are_refused_even_as_a_partial_file(tmp_path: Path):
    state = Deep().backbone.body.state_dict() | {"2.weight": torch.zeros(8, 4, 3, 3)}
    torch.save(state, tmp_path / "theirs.pth")
    with pytest.raises(RecipeError, match=r"lacks 1 of .* first backbone\.body\.2\.weight"):
        load_encoder_weights(Deep(), tmp_path / "theirs.pth", **IMAGENET, partial=True)


def test_a_network_that_sees_colours_twice_takes_no_other_normalisation(tmp_path: Path):
    torch.save(build_segmentation("enet").state_dict(), tmp_path / "theirs.pth")
    load_encoder_weights(build_segmentation("enet"), tmp_path / "theirs.pth", **OWN)
    with pytest.raises(RecipeError, match="takes no weights learnt under another normalisation"):
        load_encoder_weights(build_segmentation("enet"), tmp_path / "theirs.pth", **IMAGENET)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist"),
        (b"weights", "holds no weights"),
        (b"\x80\x02.", "holds no weights"),
        (b"h\x05.", "holds no weights"),
        ({"features.0.0.weight": "text"}, "holds no weights"),
        ({"features.0.0.weight": torch.zeros(1)}, r"lacks \d+ of the \d+ weights .* features\.0\.0\.weight"),
    ],
)
def test_what_are_no_weights_gets_one_sentence(content: object, sentence: str, tmp_path: Path):
    path = tmp_path / "w.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(RecipeError, match=sentence):
        load_encoder_weights(build_segmentation("mobile"), path, **IMAGENET)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path):
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "exploded",))

    torch.save({"features.0.0.weight": Bomb()}, tmp_path / "bomb.pth")
    with pytest.raises(RecipeError, match="holds no weights"):
        load_encoder_weights(build_segmentation("mobile"), tmp_path / "bomb.pth", **IMAGENET)
    assert not (tmp_path / "exploded").exists()
