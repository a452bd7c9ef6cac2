"""Classifiers as model files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from crackscope.engine.classification import Classifier  # noqa: E402
from crackscope.engine.model_card import ModelCard, ModelInput  # noqa: E402
from crackscope.engine.model_file import ModelFile  # noqa: E402
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
NETWORKS = ["resnet18", "mobilenetv2", "mobilenetv3-small", "efficientnet-lite0", "timm/resnet10t"]


def warmed_up(name):
    """A network that is untrained, but whose batch norms know the pictures."""
    torch.manual_seed(0)
    network = build("classify", name, {"dropout": 0.0}).train()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None  # the plain mean of all batches
    pixels = torch.from_numpy(np.stack(PICTURES).transpose(0, 3, 1, 2)).float()
    with torch.no_grad():
        for _ in range(2):
            network((pixels / 255 - 0.5) / 0.25)
    return network.eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_computes_what_the_network_computes_and_int8_stays_close(name, tmp_path):
    network = warmed_up(name)
    export = export_module(
        network, CARD, tmp_path / "m.onnx", precision="fp32", calibration_pictures=PICTURES, temperature=1.5
    )
    assert export.parity.pictures == len(PICTURES)
    assert export.parity.max_difference < 1e-4
    classifier = Classifier(export.model_file, threads=1)
    logits = np.log(predict_views(network, PICTURES) / (1 - predict_views(network, PICTURES)))
    np.testing.assert_allclose(
        classifier.probabilities(PICTURES), 1 / (1 + np.exp(-logits / 1.5)), rtol=0, atol=1e-4
    )
    quantised = quantise_int8(export.model_file.path, tmp_path / "q.onnx", PICTURES)
    assert quantised.card == replace(export.model_file.card, precision="int8")
    assert quantised.size_bytes < 0.5 * export.model_file.size_bytes
    close = np.abs(
        Classifier(quantised, threads=1).probabilities(PICTURES) - classifier.probabilities(PICTURES)
    )
    assert close.mean() < 0.05


def test_both_engines_give_the_same_answer_for_int8(tmp_path):
    pytest.importorskip("onnxruntime")
    export = export_module(
        warmed_up("mobilenetv2"), CARD, tmp_path / "m.onnx", precision="int8", calibration_pictures=PICTURES
    )
    answers = [
        Classifier(export.model_file, engine=engine, threads=1).probabilities(PICTURES)
        for engine in ("openvino", "onnxruntime")
    ]
    np.testing.assert_allclose(answers[0], answers[1], atol=0.03)


@pytest.fixture(scope="module")
def int8_graph(tmp_path_factory):
    export = export_module(
        warmed_up("resnet18"),
        CARD,
        tmp_path_factory.mktemp("int8") / "m.onnx",
        precision="int8",
        calibration_pictures=PICTURES,
    )
    return onnx.load(export.model_file.path).graph


def test_every_convolution_is_quantised_and_the_answer_has_more_than_256_steps(int8_graph):
    maker = {name: node for node in int8_graph.node for name in node.output}
    convolutions = [node for node in int8_graph.node if node.op_type == "Conv"]
    assert len(convolutions) == 20
    for node in convolutions:
        assert [maker[name].op_type for name in node.input[:2]] == ["DequantizeLinear"] * 2
    tail, node = [], maker["probability"]
    while node.op_type != "Conv":
        tail.append(node.op_type)
        node = maker[node.input[0]]
    assert not {"QuantizeLinear", "DequantizeLinear"} & set(tail[: tail.index("GlobalAveragePool")])


def test_the_graph_takes_any_number_of_pictures_of_one_size(int8_graph):
    for value, expected in ((int8_graph.input[0], ["n", 3, 64, 64]), (int8_graph.output[0], ["n", 1])):
        dims = value.type.tensor_type.shape.dim
        assert [dim.dim_param or dim.dim_value for dim in dims] == expected


def test_pictures_of_every_size_can_calibrate(tmp_path):
    pictures = [np.full(shape, 90, np.uint8) for shape in ((20, 30, 3), (300, 200, 3), (64, 64, 3))]
    export = export_module(
        warmed_up("mobilenetv3-small"),
        CARD,
        tmp_path / "m.onnx",
        precision="int8",
        calibration_pictures=pictures,
    )
    assert ModelFile.open(tmp_path / "m.onnx").card == export.model_file.card


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
