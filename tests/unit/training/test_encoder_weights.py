from pathlib import Path

import pytest
import torch
from torch import nn

from crackscope.errors import RecipeError
from crackscope.models import build_segmentation
from crackscope.training.encoder_weights import load_encoder_weights
from crackscope.training.normalisation import normalise

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


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
        ("resnet50", "resnet50_imagenet_partial.pth", {"stride_in_1x1": True}),
    ],
)
def test_published_weights_fit_the_architecture(
    name: str, path: str, options: dict[str, bool], shared_weights: Path
):
    network = build_segmentation(name, options)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    load_encoder_weights(network, shared_weights / path, **IMAGENET)
    parts = tuple(f"{part}." for part in network.encoder_parts)
    for key, value in network.state_dict().items():
        if value.ndim == 4:
            assert torch.equal(value, before[key]) != key.startswith(parts), key


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
