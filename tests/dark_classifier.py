"""A real classification model that needs no training: the darkest pixel against its surroundings decides."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from crackscope.engine.card_json import card_to_json
from crackscope.engine.model_card import METADATA_KEY, ModelCard
from dark_model import DARK_CARD, dark_model

SIDE_PX = 64

DARK_CLASSIFIER_CARD = replace(
    DARK_CARD,
    name="dark-classifier",
    task="classify",
    input=replace(DARK_CARD.input, fixed_size=(SIDE_PX, SIDE_PX)),
    sure_below=0.2,
)


def write_dark_classifier(path: Path, card: ModelCard = DARK_CLASSIFIER_CARD) -> Path:
    """probability = the highest of the dark model's, float32 (N, 1)."""
    model = dark_model(DARK_CARD)
    graph = model.graph
    graph.node[-1].output[0] = "map"
    graph.initializer.append(numpy_helper.from_array(np.array([0, -1], np.int64), "flat"))
    graph.node.extend(
        [
            helper.make_node("GlobalMaxPool", ["map"], ["highest"]),
            helper.make_node("Reshape", ["highest", "flat"], ["probability"]),
        ]
    )
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n", 1]))
    helper.set_model_props(model, {METADATA_KEY: card_to_json(card)})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def without_key(path: Path, source: Path, key: str) -> Path:
    """Write a model file again without one key of its card, as an earlier version wrote it."""
    model = onnx.load(source)
    document = json.loads(model.metadata_props[0].value)
    del document[key]
    helper.set_model_props(model, {METADATA_KEY: json.dumps(document)})
    path.write_bytes(model.SerializeToString())
    return path
