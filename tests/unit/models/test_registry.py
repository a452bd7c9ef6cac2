import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from crackscope.errors import RecipeError
from crackscope.models import Architecture, architectures, build, build_segmentation, registry
from crackscope.models.layers import count_parameters


@pytest.mark.parametrize("name", ["light", "mobile"])
def test_the_light_networks_fit_in_three_megabytes_of_int8(name: str):
    assert count_parameters(build_segmentation(name)) < 2_500_000


def test_frozen_stages_get_no_gradient_and_kept_norms_no_new_statistics():
    network = build_segmentation("resnet50", {"frozen_stages": 2, "keep_norms": True}).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network(torch.randn(2, 3, 64, 64)).mean().backward()
    got = {name.split(".")[0] for name, parameter in network.named_parameters() if parameter.grad is not None}
    assert got == {"layer2", "layer3", "deepest", "decoder"}
    changed = {
        name.split(".")[0] for name, value in network.state_dict().items() if (value != before[name]).any()
    }
    assert changed == {"deepest", "decoder"}


def test_kept_norms_are_kept_without_a_call_of_train():
    network = build_segmentation("resnet50", {"keep_norms": True})
    assert network.training
    assert not network.bn1.training
    assert not network.layer3[5].bn3.training
    assert network.deepest[1].training


def test_too_many_frozen_stages_are_refused():
    with pytest.raises(RecipeError, match="frozen_stages must be 0 to 4"):
        build_segmentation("resnet50", {"frozen_stages": 5})


def test_an_unknown_model_lists_the_known_ones():
    with pytest.raises(RecipeError, match=r"model ligth: unknown; known are .*light"):
        build_segmentation("ligth")


def test_an_unknown_option_is_refused():
    with pytest.raises(RecipeError, match="these options do not fit"):
        build_segmentation("light", {"depth": 3})


def test_options_of_a_network_from_the_library_are_checked_too():
    with pytest.raises(RecipeError, match="these options do not fit"):
        build_segmentation("unet-resnet18", {"encoder": "vgg16"})
    with pytest.raises(RecipeError, match=r"encoder vgg16 is unknown; known are resnet18"):
        build_segmentation("deeplabv3plus", {"encoder": "vgg16"})


def test_weights_that_nobody_publishes_are_refused_with_a_remedy():
    with pytest.raises(RecipeError, match=r"nobody publishes any .* model\.encoder_weights=FILE"):
        build_segmentation("hrsegnet", pretrained="imagenet")
    with pytest.raises(RecipeError, match=r"no coco weights to fetch \(known are imagenet\)"):
        build_segmentation("unet-resnet18", pretrained="coco")


def test_names_belong_to_tasks():
    names = [each.name for each in architectures("segment")]
    assert names == sorted(set(names))
    assert "unet" in names
    with pytest.raises(RecipeError, match="model unet: unknown"):
        build("classify", "unet")


def identity(*, variant: str, pretrained: str | None, pace: int = 1) -> nn.Module:
    module = nn.Identity()
    module.called_with = (variant, pretrained, pace)  # type: ignore[assignment]
    return module


def test_a_family_takes_every_name_below_it(monkeypatch: pytest.MonkeyPatch):
    row = Architecture("kin/*", "classify", f"{__name__}:identity", "s", "r", pretrained=("imagenet",))
    monkeypatch.setattr(registry, "_TABLE", (row,))
    monkeypatch.setitem(sys.modules, __name__, sys.modules[identity.__module__])
    built = build("classify", "kin/aunt", {"pace": 2}, pretrained="imagenet")
    assert built.called_with == ("aunt", "imagenet", 2)
    for name in ("kin/", "kin", "kith/aunt"):
        with pytest.raises(RecipeError, match=r"unknown; known are kin/\*"):
            build("classify", name)


def test_listing_the_architectures_imports_no_network_library():
    code = (
        "import sys; from crackscope.models import architectures; architectures('segment');"
        "sys.exit(bool({'torch', 'torchvision', 'timm', 'segmentation_models_pytorch'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_row_names_something_that_is_there():
    source = Path(registry.__file__).parents[2]
    for row in (each for task in ("segment", "classify", "detect") for each in architectures(task)):
        module, _, attribute = row.build.partition(":")
        text = source.joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8")
        assert f"def {attribute}(" in text or f"class {attribute}(" in text, row.name
