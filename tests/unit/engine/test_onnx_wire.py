import contextlib

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from crackscope.engine.onnx_wire import NotOnnxError, read_outline


def small_model() -> onnx.ModelProto:
    weight = numpy_helper.from_array(np.arange(3, dtype=np.float32), "weight")
    graph = helper.make_graph(
        [helper.make_node("Constant", [], ["c"], value=weight), helper.make_node("Add", ["x", "c"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])],
        [weight],
    )
    model = helper.make_model(graph)
    helper.set_model_props(model, {"crackscope": "{}", "größe": "ß" * 300, "empty": ""})
    return model


def test_metadata_and_names_are_those_that_the_onnx_package_reads():
    model = small_model()
    outline = read_outline(model.SerializeToString())
    assert outline.metadata == {entry.key: entry.value for entry in model.metadata_props}
    assert outline.inputs == ("x",)
    assert outline.outputs == ("y",)
    assert not outline.needs_other_files


def test_a_weight_outside_the_file_is_seen():
    model = small_model()
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], "weights.bin")
    assert read_outline(model.SerializeToString()).needs_other_files


def test_a_constant_outside_the_file_is_seen():
    model = small_model()
    onnx.external_data_helper.set_external_data(model.graph.node[0].attribute[0].t, "weights.bin")
    assert read_outline(model.SerializeToString()).needs_other_files


def test_a_weight_of_a_branch_outside_the_file_is_seen():
    model = small_model()
    branch = helper.make_graph([], "b", [], [], [numpy_helper.from_array(np.ones(2, np.float32), "w")])
    onnx.external_data_helper.set_external_data(branch.initializer[0], "../secret")
    model.graph.node.append(helper.make_node("If", ["x"], ["z"], then_branch=branch, else_branch=branch))
    assert read_outline(model.SerializeToString()).needs_other_files


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x08\x09", b"not a model\n" * 9, b"\xff" * 40, b"\x89PNG\r\n\x1a\n", b"\x08"]
)
def test_what_is_no_model_is_refused(data):
    with pytest.raises(NotOnnxError):
        read_outline(data)


def test_a_model_cut_off_anywhere_is_refused_or_has_lost_metadata():
    data = small_model().SerializeToString()
    whole = read_outline(data)
    for length in range(len(data)):
        with contextlib.suppress(NotOnnxError):
            assert len(read_outline(data[:length]).metadata) < len(whole.metadata)


@settings(max_examples=300)
@given(st.data())
def test_damage_is_refused_or_read_but_never_breaks(data):
    content = bytearray(small_model().SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(NotOnnxError):
        read_outline(bytes(content))


def test_graphs_nested_without_end_are_refused():
    model = small_model()
    graph = helper.make_graph([], "leaf", [], [])
    for _ in range(12):
        graph = helper.make_graph([helper.make_node("Loop", [], [], body=graph)], "g", [], [])
    model.graph.node.append(helper.make_node("Loop", [], [], body=graph))
    with pytest.raises(NotOnnxError, match="nested"):
        read_outline(model.SerializeToString())
