"""Detectors as model files."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from crackscope.engine.found_instance import Detections
from crackscope.engine.instances import InstanceFinder
from crackscope.engine.model_card import ModelCard, ModelInput
from crackscope.errors import ModelFileError
from crackscope.export.instances import EXPORT, certainty
from crackscope.export.model_export import Export, export_module
from crackscope.export.parity import Parity
from crackscope.export.run_export import card_of_run
from crackscope.models.instances.mask_rcnn import MaskRcnn
from crackscope.models.instances.teaching import Truth
from crackscope.models.registry import build
from crackscope.training.recipe import parse_recipe
from crackscope.training.run_folder import RunFolder

OPTIONS = {"head_channels": 16, "mask_channels": 8, "box_features": 32, "mask_px": 28, "most_cracks": 8}
CARD = ModelCard(name="tiny", task="detect", input=ModelInput(), threshold=0.3, mask_threshold=0.4)
BARS = ((20, 26, 10, 80), (60, 66, 16, 90), (12, 84, 40, 48))


def picture(number: int, side: int = 96) -> np.ndarray:
    """A light wall with one dark bar, other walls with other light."""
    pixels = np.full((side, side, 3), 190 + 8 * number, np.uint8)
    top, bottom, left, right = BARS[number % 3]
    pixels[top:bottom, left:right] = 40
    return pixels


PICTURES = [picture(number) for number in range(6)]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def taught() -> MaskRcnn:
    """A network that knows the pictures by heart, its batch norms too."""
    torch.manual_seed(0)
    network = build("detect", "maskrcnn-mobilenetv2", OPTIONS)
    assert isinstance(network, MaskRcnn)
    photos = (torch.from_numpy(np.stack(PICTURES).transpose(0, 3, 1, 2)).float() / 255 - 0.5) / 0.25
    instances = torch.zeros(6, 96, 96, dtype=torch.uint8)
    boxes = []
    for number in range(6):
        top, bottom, left, right = BARS[number % 3]
        instances[number, top:bottom, left:right] = 1
        boxes.append(torch.tensor([[left, top, right, bottom]]).float())
    truth = Truth(instances, boxes, torch.ones(6), torch.ones(6))
    optimiser = torch.optim.AdamW(network.parameters(), lr=4e-3)
    for step in range(60):
        torch.manual_seed(step)
        optimiser.zero_grad()
        torch.stack(list(network.losses(photos, truth).values())).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None  # the plain mean of all batches
    with torch.no_grad():
        network.backbone(photos)
    return network.eval()


@pytest.fixture(scope="module")
def files(taught: MaskRcnn, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Export]:
    folder = tmp_path_factory.mktemp("detectors")
    return {
        precision: export_module(
            taught, CARD, folder / f"{precision}.onnx", precision=precision, calibration_pictures=PICTURES
        )
        for precision in ("fp32", "int8")
    }


def test_the_float_file_gives_what_the_network_gives(files: dict[str, Export]) -> None:
    parity = files["fp32"].parity
    assert parity is not None
    assert parity.pictures == 6
    assert parity.max_difference < 1e-3
    assert parity.mask_f1 > 0.999


def test_single_pixels_are_forgiven_and_a_wrong_graph_is_not() -> None:
    assert EXPORT.is_faithful(Parity(16, max_difference=0.5, mean_difference=1e-6, mask_f1=0.9995))
    assert not EXPORT.is_faithful(Parity(16, max_difference=0.5, mean_difference=1e-3, mask_f1=0.9995))
    assert not EXPORT.is_faithful(Parity(16, max_difference=0.5, mean_difference=1e-6, mask_f1=0.99))


def test_int8_calls_nearly_the_same_pixels_crack(files: dict[str, Export]) -> None:
    parity = files["int8"].parity
    assert parity is not None
    assert parity.mask_f1 > 0.75


def test_int8_computes_boxes_and_scores_in_float32(files: dict[str, Export]) -> None:
    graph = onnx.load(files["int8"].model_file.path).graph
    maker = {name: node.op_type for node in graph.node for name in node.output}
    takers = {"TopK", "NonMaxSuppression", "Exp", "Sigmoid", "RoiAlign"}
    makers = {maker.get(node.input[0]) for node in graph.node if node.op_type in takers}
    assert "DequantizeLinear" not in makers - {
        maker.get(n.input[0]) for n in graph.node if n.op_type == "RoiAlign"
    }
    assert "QuantizeLinear" in maker.values()
    assert files["int8"].model_file.size_bytes < 0.45 * files["fp32"].model_file.size_bytes


@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_sure_crack_is_the_bar(files: dict[str, Export], precision: str, engine: str) -> None:
    finder = InstanceFinder(files[precision].model_file, engine=engine, threads=1)
    right = 0
    for number, pixels in enumerate(PICTURES):
        top, bottom, left, right_edge = BARS[number % 3]
        truth = np.zeros((96, 96), bool)
        truth[top:bottom, left:right_edge] = True
        masks = [each.mask.decode() for each in finder.find(pixels, least_score=0.0)[:3]]
        right += max((mask & truth).sum() / (mask | truth).sum() for mask in masks) > 0.5
    assert right >= 4


def test_a_network_that_finds_nothing_has_no_ranges_for_int8(taught: MaskRcnn, tmp_path: Path) -> None:
    blind = copy.deepcopy(taught)
    blind.box_head.score.bias.data.fill_(-50)
    with pytest.raises(ModelFileError, match="finds no crack at all on 6 pictures"):
        export_module(blind, CARD, tmp_path / "b.onnx", precision="int8", calibration_pictures=PICTURES)
    assert list(tmp_path.iterdir()) == []
    parity = export_module(
        blind, CARD, tmp_path / "b.onnx", precision="fp32", calibration_pictures=PICTURES
    ).parity
    assert parity is not None
    assert parity.max_difference == 0


def drawn(score: float, mask: float, card: ModelCard = CARD) -> float:
    detections = Detections(
        np.array([[4, 4, 12, 12]], np.float32),
        np.array([score], np.float32),
        np.full((1, 1, 8, 8), 1, np.float32),
        np.full((1, 1, 32, 32), np.log(mask / (1 - mask)) - 1, np.float32),
    )
    return float(certainty(detections, np.zeros((20, 20, 3), np.uint8), card)[6, 6])


def test_a_pixel_is_certain_by_half_where_score_and_mask_reach_their_thresholds() -> None:
    assert drawn(0.3, 0.4) == pytest.approx(0.5)
    assert drawn(0.9, 0.4) == pytest.approx(0.5)
    assert drawn(0.3, 0.9) == pytest.approx(0.5)
    assert drawn(0.29, 0.9) < 0.5
    assert drawn(0.9, 0.39) < 0.5
    assert drawn(0.9, 0.9) == pytest.approx(1.0)
    assert drawn(0.9, 0.49, replace(CARD, mask_threshold=None)) < 0.5


def test_certainty_fades_towards_the_least_score_that_is_given() -> None:
    assert drawn(0.05, 0.999) == pytest.approx(0.0, abs=1e-6)
    assert drawn(0.051, 0.999) < 0.01


def test_the_card_of_a_run_has_both_thresholds(tmp_path: Path) -> None:
    recipe = parse_recipe(
        {"name": "r", "task": "detect", "model": {"name": "maskrcnn-mobilenetv2"}}, source="test"
    )
    frozen = {
        "threshold": 0.42,
        "mask_threshold": 0.3,
        "temperature": 1.0,
        "mask_map": 0.25,
        "cracks": 12,
        "mean_f1": 0.5,
    }
    run = RunFolder(tmp_path, recipe, (), {"train": {"walls": 3}}, {}, frozen)
    card = card_of_run(run)
    assert (card.task, card.threshold, card.mask_threshold) == ("detect", 0.42, 0.3)
    assert card.input.stride == 32
    assert card.figures["validation"]["cracks"] == 12
