import copy
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from crackscope.engine.model_card import METADATA_KEY, ModelCard, ModelInput  # noqa: E402
from crackscope.engine.model_file import ModelFile  # noqa: E402
from crackscope.engine.segmentation import Segmenter  # noqa: E402
from crackscope.errors import ModelFileError  # noqa: E402
from crackscope.export import task_export  # noqa: E402
from crackscope.export.model_export import export_module  # noqa: E402
from crackscope.export.onnx_export import export_fp32  # noqa: E402
from crackscope.export.parity import compare, network_predictor  # noqa: E402
from crackscope.export.quantise import quantise_int8  # noqa: E402
from crackscope.models import build_segmentation  # noqa: E402

CARD = ModelCard(name="tiny", task="segment", input=ModelInput(), threshold=0.5)


def drawn_picture(seed, height=128, width=160):
    """Grey noise with dark and light lines: enough to move every activation."""
    rng = np.random.default_rng(seed)
    pixels = rng.normal(150, 25, (height, width, 3))
    for _ in range(4):
        row = rng.integers(0, height)
        pixels[row : row + rng.integers(1, 5)] = rng.integers(0, 255)
    return pixels.clip(0, 255).astype(np.uint8)


PICTURES = [drawn_picture(seed) for seed in range(6)]


NETWORKS = {
    "light": {"channels": (16, 16, 16, 16, 16), "blocks": (1, 1, 1, 1, 1)},
    "mobile": {"lateral": 16, "half": 16},
}


@pytest.fixture(scope="module", params=NETWORKS)
def network(request):
    """The networks that are shipped, untrained, with batch norm statistics that are not the identity."""
    torch.manual_seed(0)
    module = build_segmentation(request.param, NETWORKS[request.param])
    module.train()
    pixels = torch.from_numpy(np.stack(PICTURES).transpose(0, 3, 1, 2)).float()
    with torch.no_grad():
        for layer in module.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.momentum = None  # the plain mean of all batches
        for _ in range(2):
            module((pixels / 255 - 0.5) / 0.25)
        # Logits around 0, where the sigmoid is steep: the hardest place to agree.
        module.decoder.head.bias.zero_()
    return module.eval()


@pytest.fixture(scope="module")
def fp32_file(network, tmp_path_factory):
    return export_fp32(network, CARD, tmp_path_factory.mktemp("fp32") / "tiny.onnx")


def test_the_file_computes_what_the_network_computes_at_every_size(network, fp32_file):
    reference = network_predictor(network, CARD.input)
    segmenter = Segmenter(fp32_file, threads=1)
    pictures = [drawn_picture(9, height, width) for height, width in [(1, 1), (33, 64), (96, 257), (256, 32)]]
    parity = compare(reference, segmenter.probability_map, pictures, threshold=0.5)
    assert parity.max_difference < 1e-4
    assert parity.pictures == 4


def test_the_graph_takes_any_number_of_pictures_of_any_size(fp32_file):
    graph = onnx.load(fp32_file.path).graph
    dims = graph.input[0].type.tensor_type.shape.dim
    assert [dim.dim_param or dim.dim_value for dim in dims] == ["n", 3, "h", "w"]


def test_batch_norm_is_folded_and_nothing_but_plain_operations_is_left(fp32_file):
    operations = {node.op_type for node in onnx.load(fp32_file.path).graph.node}
    assert operations <= {"Conv", "Relu", "Add", "Resize", "Constant", "DepthToSpace", "Sigmoid", "Clip"}


def test_the_file_tells_nothing_of_the_machine_it_was_made_on(fp32_file):
    content = fp32_file.path.read_bytes()
    assert b"/home" not in content
    assert b".py" not in content


def test_the_file_is_complete_by_itself_and_carries_the_card_alone(fp32_file):
    model = onnx.load(fp32_file.path)
    assert [entry.key for entry in model.metadata_props] == [METADATA_KEY]
    assert ModelFile.open(fp32_file.path) == fp32_file


def test_the_network_is_left_as_it_was(network, tmp_path):
    module = copy.deepcopy(network).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    export_fp32(module, CARD, tmp_path / "t.onnx")
    assert module.training
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_a_temperature_of_two_halves_the_logits(network, fp32_file, tmp_path):
    warm = export_fp32(network, CARD, tmp_path / "warm.onnx", temperature=2.0)
    cold_p = Segmenter(fp32_file, threads=1).probability_map(PICTURES[0])
    warm_p = Segmenter(warm, threads=1).probability_map(PICTURES[0])
    logit = np.log(cold_p / (1 - cold_p))
    np.testing.assert_allclose(warm_p, 1 / (1 + np.exp(-logit / 2)), atol=1e-4)


def test_a_temperature_of_zero_is_refused(network, tmp_path):
    with pytest.raises(ValueError, match="above 0"):
        export_fp32(network, CARD, tmp_path / "t.onnx", temperature=0.0)


def test_int8_stays_close_is_smaller_and_says_so(fp32_file, tmp_path):
    quantised = quantise_int8(fp32_file.path, tmp_path / "q.onnx", PICTURES)
    assert quantised.card == replace(CARD, precision="int8")
    assert quantised.size_bytes < 0.6 * fp32_file.size_bytes  # per node overhead weighs in so small a network
    parity = compare(
        Segmenter(fp32_file, threads=1).probability_map,
        Segmenter(quantised, threads=1).probability_map,
        PICTURES,
        threshold=0.5,
    )
    assert parity.mean_difference < 0.02


@pytest.mark.parametrize("method", ["minmax", "percentile", "entropy"])
def test_every_convolution_is_quantised_and_what_follows_the_last_is_not(fp32_file, tmp_path, method):
    path = quantise_int8(fp32_file.path, tmp_path / "q.onnx", PICTURES[:2], method=method).path
    graph = onnx.load(path).graph
    maker = {name: node for node in graph.node for name in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert len(convolutions) > 10
    for node in convolutions:
        assert [maker[name].op_type for name in node.input[:2]] == ["DequantizeLinear"] * 2
    tail = []
    node = maker["probability"]
    while node.op_type != "Conv":
        tail.append(node.op_type)
        node = maker[node.input[0]]
    assert tail == ["Sigmoid", "DepthToSpace"]


def test_without_float_tail_the_output_has_256_steps(fp32_file, tmp_path):
    path = quantise_int8(fp32_file.path, tmp_path / "q.onnx", PICTURES[:2], float_tail=False).path
    probability = Segmenter(path, engine="onnxruntime", threads=1).probability_map(PICTURES[0])
    assert len(np.unique(probability)) <= 256


def test_an_excluded_node_stays_float(fp32_file, tmp_path):
    convolution = next(node for node in onnx.load(fp32_file.path).graph.node if node.op_type == "Conv")
    quantised = quantise_int8(fp32_file.path, tmp_path / "q.onnx", PICTURES[:2], exclude=[convolution.name])
    graph = onnx.load(quantised.path).graph
    node = next(node for node in graph.node if node.name == convolution.name)
    assert node.input[1] in {tensor.name for tensor in graph.initializer}


def test_int8_without_pictures_is_refused(network, fp32_file, tmp_path):
    with pytest.raises(ValueError, match="calibration picture"):
        quantise_int8(fp32_file.path, tmp_path / "q.onnx", [])
    with pytest.raises(ValueError, match="calibration picture"):
        export_module(network, CARD, tmp_path / "q.onnx", precision="int8")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_exporting_writes_one_file_and_reports_parity(network, tmp_path, precision):
    export = export_module(
        network,
        CARD,
        tmp_path / "m.onnx",
        precision=precision,
        calibration_pictures=PICTURES,
        temperature=1.5,
    )
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]
    assert ModelFile.open(tmp_path / "m.onnx") == export.model_file
    assert export.model_file.card.precision == precision
    assert {"torch", "onnx", "openvino", "crackscope"} <= set(export.model_file.card.versions)
    assert export.parity is not None
    assert export.parity.max_difference < (1e-4 if precision == "fp32" else 0.3)


def test_a_graph_that_differs_from_its_network_is_not_written(network, tmp_path, monkeypatch):
    monkeypatch.setattr(task_export, "LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(ModelFileError, match=r"m\.onnx: the exported graph differs"):
        export_module(network, CARD, tmp_path / "m.onnx", precision="fp32", calibration_pictures=PICTURES)
    assert not list(tmp_path.iterdir())


def test_an_unknown_precision_is_refused(network, tmp_path):
    with pytest.raises(ValueError, match="fp32 or int8"):
        export_module(network, CARD, tmp_path / "m.onnx", precision="fp16")
