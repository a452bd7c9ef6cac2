"""A real detection model that needs no training: what is darker than half-grey is one crack, in one box."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from crackscope.engine.card_json import card_to_json
from crackscope.engine.model_card import METADATA_KEY, ModelCard, ModelInput

DARK_BELOW = 0.55
"""Of grey, 0…1."""
CELLS = 64
"""Along each side of a mask; boxes of up to as many px lose nothing."""
STRIDE = 4

DARK_DETECTOR_CARD = ModelCard(
    name="dark-detector", task="detect", input=ModelInput(stride=STRIDE), threshold=0.6
)


def dark_detector(card: ModelCard = DARK_DETECTOR_CARD) -> onnx.ModelProto:
    """One box around all dark pixels, if any; its score is darkness, its mask full, its map even."""
    constants = {
        "margin": np.array((DARK_BELOW - 0.5) / 0.25, np.float32),
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "two": np.array([2], np.int64),
        "order": np.array([1, 0, 3, 2], np.int64),
        "shift": np.array([[0, 0, 1, 1]], np.float32),
        "mask_side": np.array([1, CELLS, CELLS], np.int64),
        "pad": np.full((2, 1), -1, np.float32),
        "pad_far": np.full((2, 1), 1e6, np.float32),
        "full": np.array(20.0, np.float32),
        "nothing": np.array(0.0, np.float32),
    }
    nodes = [
        helper.make_node("ReduceMean", ["photo"], ["grey"], axes=[0, 1], keepdims=0),
        helper.make_node("Less", ["grey", "margin"], ["dark"]),
        helper.make_node("NonZero", ["dark"], ["places"]),  # (2, pixels): rows, columns
        helper.make_node("Cast", ["places"], ["at"], to=TensorProto.FLOAT),
        helper.make_node("Shape", ["places"], ["places_shape"]),
        helper.make_node("Slice", ["places_shape", "one", "two"], ["area"]),
        helper.make_node("Min", ["area", "one"], ["count"]),
        # An extra column keeps the reductions defined where there is no dark pixel; its box is dropped.
        helper.make_node("Concat", ["at", "pad"], ["padded"], axis=1),
        helper.make_node("Concat", ["at", "pad_far"], ["padded_far"], axis=1),
        helper.make_node("ReduceMax", ["padded"], ["last"], axes=[1], keepdims=0),
        helper.make_node("ReduceMin", ["padded_far"], ["first"], axes=[1], keepdims=0),
        helper.make_node("Concat", ["first", "last"], ["corners_yx"], axis=0),
        helper.make_node("Gather", ["corners_yx", "order"], ["corners"]),
        helper.make_node("Unsqueeze", ["corners", "zero"], ["row"]),
        helper.make_node("Add", ["row", "shift"], ["box"]),
        helper.make_node("Slice", ["box", "zero", "count", "zero"], ["boxes"]),
        helper.make_node("ReduceMin", ["grey"], ["darkest"], keepdims=0),
        helper.make_node("Neg", ["darkest"], ["darkness"]),
        helper.make_node("Sigmoid", ["darkness"], ["score"]),
        helper.make_node("Expand", ["score", "count"], ["scores"]),
        helper.make_node("Concat", ["count", "mask_side"], ["masks_shape"], axis=0),
        helper.make_node("Expand", ["full", "masks_shape"], ["masks"]),
        helper.make_node("ReduceMean", ["photo"], ["one_channel"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["one_channel", "nothing"], ["pixels"]),
    ]
    graph = helper.make_graph(
        nodes,
        "dark-detector",
        [helper.make_tensor_value_info("photo", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["n", 4]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n"]),
            helper.make_tensor_value_info("masks", TensorProto.FLOAT, ["n", 1, CELLS, CELLS]),
            helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 1, "h", "w"]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    helper.set_model_props(model, {METADATA_KEY: card_to_json(card)})
    onnx.checker.check_model(model)
    return model


def write_dark_detector(path: Path, card: ModelCard = DARK_DETECTOR_CARD) -> Path:
    path.write_bytes(dark_detector(card).SerializeToString())
    return path
