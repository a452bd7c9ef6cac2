import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crackscope.engine.card_json import card_from_json, card_to_json
from crackscope.engine.model_card import CrackFilter, ModelCard, ModelInput, TrainingSet
from crackscope.errors import ModelFileError

CARD = ModelCard(
    name="crack-light",
    task="segment",
    input=ModelInput(channel_order="BGR", mean=(0.1, 0.2, 0.3), std=(1.0, 2.0, 3.0), stride=16),
    threshold=0.37,
    crack_filter=CrackFilter(min_length_px=12.5, min_peak_probability=0.6, min_mean_probability=0.4),
    class_names=("crack", "joint"),
    precision="int8",
    training_sets=(TrainingSet(name="wände", pictures=240, terms="none stated"),),
    terms="Research only.",
    figures={"deepcrack_test": {"f1": 0.86, "interval": [0.85, 0.87]}},
    recipe={"epochs": 60, "losses": ["bce", "dice"]},
    seed=7,
    versions={"torch": "2.13"},
)


def test_a_card_comes_back_from_json_as_it_was():
    assert card_from_json(card_to_json(CARD), source="m.onnx") == CARD


def test_a_card_of_fixed_size_comes_back_as_it_was():
    card = replace(CARD, input=ModelInput(fixed_size=(256, 320)))
    assert card_from_json(card_to_json(card), source="m.onnx") == card


def test_a_card_says_its_schema():
    assert json.loads(card_to_json(CARD))["schema"] == 1


def test_a_card_with_nan_is_not_written():
    with pytest.raises(ValueError, match="JSON compliant"):
        card_to_json(replace(CARD, figures={"f1": float("nan")}))


def test_a_newer_schema_asks_to_upgrade():
    document = json.loads(card_to_json(CARD)) | {"schema": 2, "name": None}
    with pytest.raises(ModelFileError, match=r"m\.onnx: .*schema 2.*upgrade crackscope\.$"):
        card_from_json(json.dumps(document), source="m.onnx")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", None),
        ("schema", 0),
        ("schema", True),
        ("name", ""),
        ("task", "sing"),
        ("input", []),
        ("threshold", 1.5),
        ("threshold", "0.5"),
        ("threshold", True),
        ("crack_filter", {}),
        ("class_names", "crack"),
        ("class_names", [1]),
        ("precision", "fp16"),
        ("training_sets", [1]),
        ("training_sets", [{"name": "a", "pictures": -1, "terms": ""}]),
        ("terms", 3),
        ("figures", None),
        ("recipe", []),
        ("seed", -1),
        ("seed", 1.5),
        ("versions", {"torch": 2}),
    ],
)
def test_a_wrong_value_is_named(key, value):
    document = json.loads(card_to_json(CARD)) | {key: value}
    with pytest.raises(
        ModelFileError, match=rf"^m\.onnx: its model card's '{key}.*export the model again\.$"
    ):
        card_from_json(json.dumps(document), source="m.onnx")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("channel_order", "GBR"),
        ("mean", [0.5, 0.5]),
        ("mean", [0.5, 0.5, None]),
        ("std", [0.0, 1.0, 1.0]),
        ("stride", 0),
        ("stride", 1_000_000),
        ("fixed_size", [0, 5]),
        ("fixed_size", [1.5, 5]),
        ("fixed_size", [5]),
    ],
)
def test_a_wrong_value_of_the_input_is_named(key, value):
    document = json.loads(card_to_json(CARD))
    document["input"][key] = value
    with pytest.raises(ModelFileError, match=rf"'input\.{key}' must be"):
        card_from_json(json.dumps(document), source="m.onnx")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "[" * 100_000, '{"schema": NaN}', '{"schema": 1e999}']
)
def test_text_that_is_no_card_is_refused_in_one_sentence(text):
    with pytest.raises(ModelFileError, match=r"^m\.onnx: [^\n]*\.$"):
        card_from_json(text, source="m.onnx")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(key=st.sampled_from(sorted(json.loads(card_to_json(CARD)))), value=json_values)
def test_any_value_in_any_place_is_read_or_refused_but_never_breaks(key, value):
    document = json.loads(card_to_json(CARD)) | {key: value}
    with contextlib.suppress(ModelFileError):
        card_from_json(json.dumps(document), source="m.onnx")
