"""A real model file that needs no training: it calls a crack whatever is darker than its surroundings."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from crackscope.engine.card_json import card_to_json
from crackscope.engine.model_card import METADATA_KEY, CrackFilter, ModelCard, ModelInput

WINDOW_PX = 31
"""Side of the window whose mean grey is the surroundings."""
DARKER_BY = 0.12
"""Grey steps (0…1) below the surroundings at which the probability is 0.5."""
STEEPNESS = 40.0
STRIDE = 4

DARK_CARD = ModelCard(
    name="dark",
    task="segment",
    input=ModelInput(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), stride=STRIDE),
    threshold=0.5,
    crack_filter=CrackFilter(min_length_px=8.0),
)


def dark_model(card: ModelCard = DARK_CARD) -> onnx.ModelProto:
    """probability = sigmoid(STEEPNESS · (mean grey of the window − grey − DARKER_BY)).

    Like the trained network it takes normalised float32 (N, 3, H, W), refuses sizes that are no multiple of
    its stride (space to depth cannot fold them) and ends in a sigmoid.
    """
    mean, std = (np.array(values, np.float32) for values in (card.input.mean, card.input.std))
    luma = np.array([0.299, 0.587, 0.114], np.float32)
    constants = {
        "grey_weight": (luma * std).reshape(1, 3, 1, 1),
        "grey_bias": np.array([float((luma * mean).sum())], np.float32),
        "margin": np.array(DARKER_BY, np.float32),
        "steepness": np.array(STEEPNESS, np.float32),
    }
    margin_px = WINDOW_PX // 2
    nodes = [
        helper.make_node("SpaceToDepth", ["photo"], ["folded"], blocksize=card.input.stride),
        helper.make_node("DepthToSpace", ["folded"], ["unfolded"], blocksize=card.input.stride),
        helper.make_node("Conv", ["unfolded", "grey_weight", "grey_bias"], ["grey"]),
        helper.make_node(
            "AveragePool",
            ["grey"],
            ["surroundings"],
            kernel_shape=[WINDOW_PX, WINDOW_PX],
            pads=[margin_px] * 4,
            count_include_pad=0,
        ),
        helper.make_node("Sub", ["surroundings", "grey"], ["darker"]),
        helper.make_node("Sub", ["darker", "margin"], ["beyond"]),
        helper.make_node("Mul", ["beyond", "steepness"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    graph = helper.make_graph(
        nodes,
        "dark",
        [helper.make_tensor_value_info("photo", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n", 1, "h", "w"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    helper.set_model_props(model, {METADATA_KEY: card_to_json(card)})
    onnx.checker.check_model(model)
    return model


def write_dark_model(path: Path, card: ModelCard = DARK_CARD) -> Path:
    path.write_bytes(dark_model(card).SerializeToString())
    return path


def write_dark_model_saying(path: Path, **changes: object) -> Path:
    """Write the dark model with keys of its card's JSON replaced, also by what is not valid."""
    model = dark_model()
    document = json.loads(card_to_json(DARK_CARD)) | changes
    helper.set_model_props(model, {METADATA_KEY: json.dumps(document)})
    path.write_bytes(model.SerializeToString())
    return path
