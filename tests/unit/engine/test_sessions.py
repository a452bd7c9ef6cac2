import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from crackscope.engine import openvino_session
from crackscope.engine.model_file import ModelFile
from crackscope.engine.session import open_session
from crackscope.errors import ModelFileError

ENGINES = ["openvino", "onnxruntime"]
ROUNDING = 1e-6
"""Of float32 sums in another order."""


def random_batch(count=2, height=64, width=96):
    return np.random.default_rng(5).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


@pytest.fixture(params=ENGINES)
def session(request, dark_model_file):
    if request.param == "onnxruntime":
        pytest.importorskip("onnxruntime")
    return open_session(ModelFile.open(dark_model_file), engine=request.param, threads=1)


def dark_probability(batch, dark_model):
    """The model's formula in NumPy, for pixels further from the edge than half its window."""
    grey = (batch.astype(np.float64) / 255) @ np.array([0.299, 0.587, 0.114])
    side = dark_model.WINDOW_PX
    windows = np.lib.stride_tricks.sliding_window_view(grey, (side, side), axis=(1, 2))
    middle = grey[:, side // 2 : -(side // 2), side // 2 : -(side // 2)]
    logit = dark_model.STEEPNESS * (windows.mean(axis=(3, 4)) - middle - dark_model.DARKER_BY)
    return 1 / (1 + np.exp(-logit))


def test_an_engine_computes_the_graph(session, dark_model):
    batch, edge = random_batch(), dark_model.WINDOW_PX // 2
    probability = session.run(batch)
    assert probability.shape == (2, 64, 96)
    assert probability.dtype == np.float32
    expected = dark_probability(batch, dark_model)
    np.testing.assert_allclose(probability[:, edge:-edge, edge:-edge], expected, atol=1e-5)


def test_a_bgr_model_gives_what_the_rgb_model_gives(session, dark_model, tmp_path):
    """Blue and red change places in the graph's weights and in the card: nothing may change outside."""
    rgb = dark_model.DARK_CARD
    turned = replace(rgb.input, channel_order="BGR", mean=rgb.input.mean[::-1], std=rgb.input.std[::-1])
    model = dark_model.dark_model(rgb)
    weight = next(tensor for tensor in model.graph.initializer if tensor.name == "grey_weight")
    values = np.frombuffer(weight.raw_data, np.float32).reshape(1, 3, 1, 1)
    weight.raw_data = np.ascontiguousarray(values[:, ::-1]).tobytes()
    card = replace(rgb, input=turned)
    model.metadata_props[0].value = dark_model.card_to_json(card)
    path = tmp_path / "bgr.onnx"
    path.write_bytes(model.SerializeToString())
    bgr_session = open_session(ModelFile.open(path), engine=session.name, threads=1)
    np.testing.assert_allclose(bgr_session.run(random_batch()), session.run(random_batch()), atol=1e-5)


def test_results_do_not_change_when_the_next_picture_is_predicted(session):
    first = session.run(random_batch())
    kept = first.copy()
    session.run(255 - random_batch())
    np.testing.assert_array_equal(first, kept)


def test_pictures_of_changing_sizes_go_through_one_session(session):
    for height, width in [(64, 64), (128, 32), (32, 256), (64, 64)]:
        assert session.run(random_batch(1, height, width)).shape == (1, height, width)


def test_pixels_that_are_not_contiguous_are_read_right(session):
    turned = random_batch(1, 64, 96)[:, ::-1, ::-1]
    assert not turned.flags.c_contiguous
    np.testing.assert_array_equal(session.run(turned), session.run(turned.copy()))


def test_several_threads_may_use_one_session(session):
    batches = [random_batch(1, 32 * height, 64) for height in range(1, 7)]
    expected = [session.run(batch) for batch in batches]
    found = [None] * len(batches)

    def predict(number):
        for _ in range(5):
            found[number] = session.run(batches[number])

    threads = [threading.Thread(target=predict, args=(number,)) for number in range(len(batches))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_preparing_for_a_size_changes_no_result(session):
    before = session.run(random_batch(1))
    session.prepare(height=64, width=96)
    np.testing.assert_allclose(session.run(random_batch(1)), before, atol=ROUNDING)
    assert session.run(random_batch(1, 128, 128)).shape == (1, 128, 128)


def test_a_size_seen_often_gets_a_graph_of_its_own_and_old_ones_go(dark_model_file, monkeypatch):
    monkeypatch.setattr(openvino_session, "PIXELS_WORTH_COMPILING", 2 * 64 * 64)
    session = openvino_session.OpenVinoSession(ModelFile.open(dark_model_file), threads=1)
    first = session.run(random_batch(1, 64, 64))
    assert not session._one_size
    np.testing.assert_array_equal(session.run(random_batch(1, 64, 64)), first)
    assert list(session._one_size) == [(1, 64, 64, 3)]
    np.testing.assert_allclose(session.run(random_batch(1, 64, 64)), first, atol=ROUNDING)
    for width in (128, 160, 192, 224):
        for _ in range(2):
            session.run(random_batch(1, 64, width))
    assert [shape[2] for shape in session._one_size] == [128, 160, 192, 224]
    np.testing.assert_array_equal(session.run(random_batch(1, 64, 64)), first)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_graph_that_cannot_be_run_is_refused_in_one_sentence(engine, dark_model, tmp_path):
    pytest.importorskip(engine)
    model = dark_model.dark_model()
    model.graph.node[2].op_type = "NoSuchOperation"
    path = tmp_path / "odd.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match=r"^odd\.onnx: [^\n]* cannot load it [^\n]*\.$"):
        open_session(ModelFile.open(path), engine=engine)


def test_an_unknown_engine_is_refused(dark_model_file):
    with pytest.raises(ValueError, match="openvino, onnxruntime"):
        open_session(ModelFile.open(dark_model_file), engine="abacus")


def test_no_threads_at_all_are_refused(dark_model_file):
    with pytest.raises(ValueError, match="at least 1"):
        open_session(ModelFile.open(dark_model_file), threads=0)


def test_openvino_is_used_without_its_telemetry(dark_model_file, tmp_path):
    """In a process and a home of its own: no telemetry package is loaded, and nothing is left at home."""
    program = (
        "import sys; from crackscope.engine.model_file import ModelFile;"
        "from crackscope.engine.session import open_session;"
        f"open_session(ModelFile.open({str(dark_model_file)!r}), threads=1);"
        "import openvino; assert 'openvino_telemetry' not in sys.modules, 'telemetry loaded'"
    )
    import crackscope

    source = str(crackscope.__path__[0]).removesuffix("crackscope")
    environment = {"HOME": str(tmp_path), "PYTHONPATH": source, "PATH": ""}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, timeout=120)
    assert not list(tmp_path.iterdir())
