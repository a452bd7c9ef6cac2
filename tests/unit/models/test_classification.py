"""Every architecture that tells cracked pictures from crack-free ones."""

import pytest

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")
torchvision = pytest.importorskip("torchvision")

from crackscope.errors import RecipeError  # noqa: E402
from crackscope.models.encoder_state import fill_encoder  # noqa: E402
from crackscope.models.registry import architectures, build  # noqa: E402

NAMES = [
    *(each.name for each in architectures("classify") if not each.name.endswith("*")),
    "timm/resnet10t",
    "timm/mobilenetv4_conv_small_035",
]


@pytest.fixture(scope="module", params=NAMES)
def network(request):
    torch.manual_seed(0)
    return build("classify", request.param).eval()


def test_one_logit_for_a_picture_of_any_size(network):
    for height, width, count in ((32, 32, 2), (64, 96, 1), (45, 71, 1)):
        with torch.inference_mode():
            logits = network(torch.zeros(count, 3, height, width))
        assert logits.shape == (count, 1)
        assert logits.dtype == torch.float32
        assert logits.isfinite().all()


def test_a_picture_of_any_size_is_taken_as_it_is(network):
    assert network.stride == 1


def test_encoder_parts_are_modules_and_everything_but_the_head(network):
    parts = tuple(f"{part}." for part in network.encoder_parts)
    others = {name.partition(".")[0] for name, _ in network.named_parameters() if not name.startswith(parts)}
    assert all(network.get_submodule(part) is not None for part in network.encoder_parts)
    assert others == {"head"}


def test_a_seed_gives_the_same_weights_again():
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        states.append(build("classify", "mobilenetv3-small").state_dict())
    assert all(torch.equal(states[0][name], value) for name, value in states[1].items())


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("resnet18", "resnet18"),
        ("mobilenetv2", "mobilenet_v2"),
        ("mobilenetv3-small", "mobilenet_v3_small"),
    ],
)
def test_a_file_of_the_library_s_weights_fits(name, library):
    """The features before the last layer are the library's own, to the bit."""
    torch.manual_seed(1)
    theirs = getattr(torchvision.models, library)().eval()
    ours = build("classify", name).eval()
    assert fill_encoder(ours, theirs.state_dict()) == ()
    ours.head = torch.nn.Identity()
    pixels = torch.randn(2, 3, 64, 64)
    if name == "resnet18":
        theirs.fc = torch.nn.Identity()
    else:
        theirs.classifier = torch.nn.Identity()
    with torch.inference_mode():
        torch.testing.assert_close(ours(pixels), theirs(pixels), rtol=0, atol=0)


def test_a_file_of_timm_s_weights_fits():
    theirs = timm.create_model("resnet10t")
    assert fill_encoder(build("classify", "timm/resnet10t"), theirs.state_dict()) == ()


def test_a_network_of_timm_takes_timm_s_options():
    network = build("classify", "timm/vit_tiny_patch16_224", {"img_size": 64, "depth": 1}).eval()
    with torch.inference_mode():
        assert network(torch.zeros(1, 3, 64, 64)).shape == (1, 1)


def test_the_real_weights_beside_the_repository_fit(shared_weights):
    for file, name, options in (
        ("mobilenet_v2_imagenet.pth", "mobilenetv2", {}),
        ("resnet50_imagenet_partial.pth", "resnet50", {"stride_in_1x1": True}),
    ):
        state = torch.load(shared_weights / file, weights_only=True)
        network = build("classify", name, options)
        fresh = fill_encoder(network, state, partial=name == "resnet50")
        assert all(each.startswith("layer4") for each in fresh)


def test_the_stride_can_be_taken_by_the_first_convolution_of_a_bottleneck():
    plain, moved = (build("classify", "resnet50", {"stride_in_1x1": each}) for each in (False, True))
    assert plain.layer2[0].conv1.stride == (1, 1)
    assert moved.layer2[0].conv1.stride == moved.layer4[0].conv1.stride == (2, 2)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("resnet34", {}, "model resnet34: unknown; known are efficientnet-lite0, mobilenetv2"),
        ("timm/resnet10x", {}, "timm has no such network"),
        ("resnet18", {"depth": 50}, "these options do not fit it"),
        ("resnet18", {"stride_in_1x1": True}, "these options do not fit it"),
    ],
)
def test_what_there_is_not_is_named(name, options, said):
    with pytest.raises(RecipeError, match=said):
        build("classify", name, options)


def test_a_loss_falls_on_one_batch():
    torch.manual_seed(0)
    network = build("classify", "resnet18", {"dropout": 0.0}).train()
    pixels = torch.randn(8, 3, 32, 32)
    truth = torch.tensor([0.0, 1.0] * 4)[:, None]
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(15):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(pixels), truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]
