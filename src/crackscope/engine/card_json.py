"""The model card as JSON text, and back from text nobody vouches for."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NoReturn, TypeGuard

from crackscope.engine.model_card import (
    SCHEMA_VERSION,
    TASKS,
    CrackFilter,
    ModelCard,
    ModelInput,
    TrainingSet,
)
from crackscope.errors import ModelFileError

PRECISIONS = ("fp32", "int8")
LARGEST_STRIDE = 1024
"""No network of ours halves more than five times (32); the limit only stops absurd padding."""


def card_to_json(card: ModelCard) -> str:
    """Write a model card as the JSON document that a model file carries.

    Parameters
    ----------
    card : ModelCard

    Returns
    -------
    str
        One JSON object; its key ``schema`` is the version of the card's layout.

    Raises
    ------
    ValueError
        If `card` holds something that JSON cannot say, such as NaN.

    Examples
    --------
    >>> card = ModelCard(name="demo", task="segment", input=ModelInput(), threshold=0.5)
    >>> card_from_json(card_to_json(card), source="demo.onnx") == card
    True
    """
    return json.dumps({"schema": SCHEMA_VERSION, **asdict(card)}, ensure_ascii=False, allow_nan=False)


def card_from_json(text: str, *, source: str) -> ModelCard:
    """Read a model card, believing nothing of it before it is checked.

    Parameters
    ----------
    text : str
        The document under the metadata key ``crackscope``.
    source : str
        The model file's name, for the error's sentence.

    Returns
    -------
    ModelCard

    Raises
    ------
    ModelFileError
        If `text` is not JSON, of a newer schema, or a value is missing, of another type or out of range.
    """
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ModelFileError(f"{source}: its model card is not JSON; export the model again.") from None
    if not isinstance(document, dict):
        raise ModelFileError(f"{source}: its model card is not a JSON object; export the model again.")
    reader = _Reader(document, source=source, path="")
    schema = reader.whole_number("schema", low=1)
    if schema > SCHEMA_VERSION:
        raise ModelFileError(
            f"{source}: made for a newer crackscope (model card schema {schema}, this one knows"
            f" {SCHEMA_VERSION}); upgrade crackscope."
        )
    return ModelCard(
        name=reader.text("name", filled=True),
        task=reader.one_of("task", TASKS),
        input=_read_input(reader.part("input")),
        threshold=reader.number("threshold", low=0.0, high=1.0),
        crack_filter=_read_crack_filter(reader.part("crack_filter")),
        class_names=reader.texts("class_names"),
        precision=reader.one_of("precision", PRECISIONS),
        training_sets=tuple(_read_training_set(part) for part in reader.parts("training_sets")),
        terms=reader.text("terms"),
        figures=reader.mapping("figures"),
        recipe=reader.mapping("recipe"),
        seed=reader.whole_number("seed", low=0),
        versions=reader.text_mapping("versions"),
        sure_below=reader.optional_number("sure_below", low=0.0, high=1.0),
        mask_threshold=reader.optional_number("mask_threshold", low=0.0, high=1.0),
    )


def _read_input(reader: _Reader) -> ModelInput:
    size = reader.optional_numbers("fixed_size", count=2)
    if size is not None and not all(side == int(side) and side >= 1 for side in size):
        reader.refuse("fixed_size", "two whole numbers of px")
    std = reader.numbers("std", count=3)
    if min(std) <= 0.0:
        reader.refuse("std", "above 0")
    mean = reader.numbers("mean", count=3)
    return ModelInput(
        channel_order=reader.one_of("channel_order", ("RGB", "BGR")),
        mean=(mean[0], mean[1], mean[2]),
        std=(std[0], std[1], std[2]),
        stride=reader.whole_number("stride", low=1, high=LARGEST_STRIDE),
        fixed_size=None if size is None else (int(size[0]), int(size[1])),
    )


def _read_crack_filter(reader: _Reader) -> CrackFilter:
    return CrackFilter(
        min_length_px=reader.number("min_length_px", low=0.0),
        min_peak_probability=reader.number("min_peak_probability", low=0.0, high=1.0),
        min_mean_probability=reader.number("min_mean_probability", low=0.0, high=1.0),
    )


def _read_training_set(reader: _Reader) -> TrainingSet:
    return TrainingSet(
        name=reader.text("name", filled=True),
        pictures=reader.whole_number("pictures", low=0),
        terms=reader.text("terms"),
    )


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


class _Reader:
    """Takes values out of one JSON object, each checked; an error names the key by its full path."""

    def __init__(self, document: Mapping[str, Any], *, source: str, path: str) -> None:
        self._document = document
        self._source = source
        self._path = path

    def refuse(self, key: str, expected: str) -> NoReturn:
        raise ModelFileError(
            f"{self._source}: its model card's '{self._path}{key}' must be {expected};"
            " export the model again."
        )

    def text(self, key: str, *, filled: bool = False) -> str:
        value = self._document.get(key)
        if not isinstance(value, str) or (filled and not value.strip()):
            self.refuse(key, "text")
        return value

    def one_of(self, key: str, known: tuple[str, ...]) -> str:
        value = self._document.get(key)
        if not isinstance(value, str) or value not in known:
            self.refuse(key, "one of " + ", ".join(known))
        return value

    def number(self, key: str, *, low: float = -math.inf, high: float = math.inf) -> float:
        value = self._document.get(key)
        if not _is_number(value) or not low <= value <= high:
            self.refuse(key, f"a number from {low:g}" + (f" to {high:g}" if high < math.inf else ""))
        return float(value)

    def optional_number(self, key: str, *, low: float, high: float) -> float | None:
        return None if self._document.get(key) is None else self.number(key, low=low, high=high)

    def whole_number(self, key: str, *, low: int, high: float = math.inf) -> int:
        value = self._document.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(key, f"a whole number from {low}" + (f" to {high:g}" if high < math.inf else ""))
        return value

    def numbers(self, key: str, *, count: int) -> tuple[float, ...]:
        value = self._document.get(key)
        if not isinstance(value, list) or len(value) != count or not all(map(_is_number, value)):
            self.refuse(key, f"{count} numbers")
        return tuple(float(number) for number in value)

    def optional_numbers(self, key: str, *, count: int) -> tuple[float, ...] | None:
        return None if self._document.get(key) is None else self.numbers(key, count=count)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._document.get(key)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.refuse(key, "a list of texts")
        return tuple(value)

    def mapping(self, key: str) -> dict[str, Any]:
        value = self._document.get(key)
        if not isinstance(value, dict):
            self.refuse(key, "a JSON object")
        return value

    def text_mapping(self, key: str) -> dict[str, str]:
        value = self.mapping(key)
        if not all(isinstance(each, str) for each in value.values()):
            self.refuse(key, "a JSON object of texts")
        return value

    def part(self, key: str) -> _Reader:
        return _Reader(self.mapping(key), source=self._source, path=f"{self._path}{key}.")

    def parts(self, key: str) -> list[_Reader]:
        value = self._document.get(key)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.refuse(key, "a list of JSON objects")
        return [
            _Reader(each, source=self._source, path=f"{self._path}{key}[{number}].")
            for number, each in enumerate(value)
        ]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
