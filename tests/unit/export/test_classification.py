"""Classifiers as model files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from crackscope.engine.classification import Classifier  # noqa: E402
from crackscope.engine.model_card import ModelCard, ModelInput  # noqa: E402
from crackscope.export.model_export import export_module  # noqa: E402
from crackscope.export.quantise import quantise_int8  # noqa: E402
from crackscope.export.run_export import card_of_run  # noqa: E402
from crackscope.imaging.synthetic import draw_photo  # noqa: E402
from crackscope.models.registry import build  # noqa: E402
from crackscope.training.recipe import parse_recipe  # noqa: E402
from crackscope.training.run_folder import RunFolder  # noqa: E402
from crackscope.training.view_prediction import predict_views  # noqa: E402

SIDE_PX = 64
CARD = ModelCard(
    name="tiny",
    task="classify",
    input=ModelInput(stride=1, fixed_size=(SIDE_PX, SIDE_PX)),
    threshold=0.5,
    sure_below=0.1,
)
PICTURES = [draw_photo(height=64, width=64, seed=n, cracks=n % 2).pixels for n in range(6)]
CRACKED = np.arange(6) % 2 == 1
NETWORKS = ["timm/resnet10t", "mobilenetv2", "mobilenetv3-small", "efficientnet-lite0"]


def taught(name):
    """A network that knows the six pictures by heart, its batch norms too."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = build("classify", name, {"dropout": 0.0}).train()
    norms = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    pixels = (torch.from_numpy(np.stack(PICTURES).transpose(0, 3, 1, 2)).float() / 255 - 0.5) / 0.25
    truth = torch.from_numpy(CRACKED[:, None]).float()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    for _ in range(8):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(pixels), truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
    with torch.no_grad():
        network(pixels)
    return network.eval()


@pytest.fixture(scope="module", params=NETWORKS)
def files(request, tmp_path_factory):
    """A network, its parity with its file in float32, that file, and the one in int8."""
    network = taught(request.param)
    folder = tmp_path_factory.mktemp("files")
    export = export_module(
        network, CARD, folder / "m.onnx", precision="fp32", calibration_pictures=PICTURES, temperature=1.5
    )
    quantised = quantise_int8(export.model_file.path, folder / "q.onnx", PICTURES)
    return network, export.parity, export.model_file, quantised


def test_the_file_computes_what_the_network_computes_at_its_temperature(files):
    network, parity, model_file, _ = files
    assert parity.pictures == len(PICTURES)
    assert parity.max_difference < 1e-4
    answers = Classifier(model_file, threads=1).probabilities(PICTURES)
    odds = predict_views(network, PICTURES) / (1 - predict_views(network, PICTURES))
    np.testing.assert_allclose(answers, 1 / (1 + odds ** (-1 / 1.5)), rtol=0, atol=1e-4)
    np.testing.assert_array_equal(answers >= 0.5, CRACKED)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_int8_calls_the_same_pictures_cracked_is_smaller_and_says_so(files, engine):
    _, _, model_file, quantised = files
    assert quantised.card == replace(model_file.card, precision="int8")
    assert quantised.size_bytes < 0.5 * model_file.size_bytes
    of_int8 = Classifier(quantised, engine=engine, threads=1).probabilities(PICTURES)
    np.testing.assert_array_equal(of_int8 >= 0.5, CRACKED)
    assert np.abs(of_int8 - Classifier(model_file, threads=1).probabilities(PICTURES)).mean() < 0.1


def test_every_convolution_is_quantised_and_the_last_layer_is_not(files):
    graph = onnx.load(files[3].path).graph
    maker = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        if node.op_type == "Conv":
            assert [maker[name].op_type for name in node.input[:2]] == ["DequantizeLinear"] * 2
    node = maker["probability"]
    while node.op_type != "Gemm":
        assert node.op_type in {"Sigmoid", "Mul"}, "probabilities in 256 steps would be too coarse"
        node = maker[node.input[0]]
    assert maker[node.input[0]].op_type != "DequantizeLinear"


def test_the_graph_takes_any_number_of_pictures_of_one_size(files):
    graph = onnx.load(files[3].path).graph
    for value, expected in ((graph.input[0], ["n", 3, 64, 64]), (graph.output[0], ["n", 1])):
        dims = value.type.tensor_type.shape.dim
        assert [dim.dim_param or dim.dim_value for dim in dims] == expected


def test_pictures_of_every_size_can_calibrate(files, tmp_path):
    pictures = [np.full(shape, 90, np.uint8) for shape in ((20, 30, 3), (300, 200, 3))]
    quantised = quantise_int8(files[2].path, tmp_path / "q.onnx", pictures)
    assert quantised.card.precision == "int8"


def test_a_card_says_what_was_frozen_for_a_classifier():
    run = RunFolder(
        path=Path("runs/tiles"),
        recipe=parse_recipe(
            {"name": "tiles", "task": "classify", "model": {"name": "resnet18"}, "data": {"crop_px": 224}},
            source="recipe.yaml",
        ),
        data_folders=(),
        pictures={"train": {"metu": 5}},
        versions={},
        frozen={
            "threshold": 0.6,
            "temperature": 1.1,
            "sure_below": 0.02,
            "f1": 0.91234567,
            "cracked_pictures": 300,
            "screened_share": 0.7,
        },
    )
    card = card_of_run(run)
    assert (card.task, card.threshold, card.sure_below) == ("classify", 0.6, 0.02)
    assert card.input.fixed_size == (224, 224)
    assert card.figures["validation"] == {
        "F1": 0.9123,
        "cracked pictures that sure_below was chosen on": 300,
        "share of crack-free pictures below sure_below": 0.7,
    }
