"""A real detection model that needs no training: what is dark in either half of a picture is one crack."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from crackscope.engine.card_json import card_to_json
from crackscope.engine.model_card import METADATA_KEY, CrackFilter, ModelCard
from dark_model import DARK_CARD, dark_model

DARK_HALVES_CARD = replace(
    DARK_CARD, name="dark-halves", task="detect", threshold=0.6, crack_filter=CrackFilter()
)


def write_dark_halves(path: Path, card: ModelCard = DARK_HALVES_CARD) -> Path:
    """Boxes are the left and the right half, pixels the dark model's logits, scores its highest probability.

    So two lines in one half are one crack in two pieces, and a line from left to right is two cracks.
    """
    model = dark_model(DARK_CARD)
    graph = model.graph
    graph.node[-1].output[0] = "map"
    constants = {
        "of_height": [2],
        "of_width": [3],
        "two": [2],
        "columns": [3],
        "nothing": [0],
        "all": [1 << 30],
        "flat": [-1],
        "boxes_shape": [2, 4],
    }
    graph.initializer.extend(
        [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in constants.items()]
    )
    graph.initializer.append(numpy_helper.from_array(np.zeros((2, 1, 2, 2), np.float32), "even"))
    corners = ["nothing", "nothing", "middle", "height", "middle", "nothing", "width", "height"]
    graph.node.extend(
        [
            helper.make_node("Shape", ["map"], ["shape"]),
            helper.make_node("Gather", ["shape", "of_height"], ["height"]),
            helper.make_node("Gather", ["shape", "of_width"], ["width"]),
            helper.make_node("Div", ["width", "two"], ["middle"]),
            helper.make_node("Slice", ["map", "nothing", "middle", "columns"], ["left"]),
            helper.make_node("Slice", ["map", "middle", "all", "columns"], ["right"]),
            helper.make_node("Concat", ["left", "right"], ["halves"], axis=0),
            helper.make_node("GlobalMaxPool", ["halves"], ["highest"]),
            helper.make_node("Identity", [graph.node[-1].input[0]], ["pixels"]),
            helper.make_node("Identity", ["even"], ["masks"]),
            helper.make_node("Reshape", ["highest", "flat"], ["scores"]),
            helper.make_node("Concat", corners, ["corners"], axis=0),
            helper.make_node("Cast", ["corners"], ["corners_px"], to=TensorProto.FLOAT),
            helper.make_node("Reshape", ["corners_px", "boxes_shape"], ["boxes"]),
        ]
    )
    del graph.output[:]
    shapes = {"boxes": ["n", 4], "scores": ["n"], "masks": ["n", 1, "m", "m"], "pixels": [1, 1, "h", "w"]}
    for name, shape in shapes.items():
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    helper.set_model_props(model, {METADATA_KEY: card_to_json(card)})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path
