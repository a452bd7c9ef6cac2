"""What crackscope must know of an ONNX file before an engine sees it, read without the onnx package.

An ONNX file is one protobuf message. Only the few fields named here are looked at and everything else is
stepped over, so that opening a model costs milliseconds and no dependency. Field numbers are those of
``onnx.proto``, which never change meaning; the encoding is that of
https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_MODEL_IR_VERSION, _MODEL_GRAPH, _MODEL_METADATA = 1, 7, 14
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 5, 11, 12
_NODE_ATTRIBUTE = 5
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS = 5, 6, 10, 11
_TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 13, 14
_DEEPEST_SUBGRAPH = 8


class NotOnnxError(ValueError):
    """The bytes are not one whole ONNX model."""


@dataclass(frozen=True, slots=True)
class OnnxOutline:
    """The parts of an ONNX file that are looked at before it is run.

    Parameters
    ----------
    metadata : dict of str to str
        ``metadata_props``.
    inputs, outputs : tuple of str
        Names of the graph's inputs and outputs.
    needs_other_files : bool
        True where a weight lies outside the file.
    """

    metadata: dict[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    needs_other_files: bool


def read_outline(data: bytes) -> OnnxOutline:
    """Read the outline of an ONNX file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    OnnxOutline

    Raises
    ------
    NotOnnxError
        If `data` is no protobuf message, is cut off, or is a message of another kind.
    """
    view = memoryview(data)
    metadata: dict[str, str] = {}
    graph: memoryview | None = None
    has_version = False
    for number, value in _fields(view):
        if number == _MODEL_IR_VERSION and isinstance(value, int):
            has_version = True
        elif number == _MODEL_GRAPH and isinstance(value, memoryview):
            graph = value
        elif number == _MODEL_METADATA and isinstance(value, memoryview):
            entry = dict(_fields(value))
            metadata[_text(entry.get(1))] = _text(entry.get(2))
    if graph is None or not has_version:
        raise NotOnnxError("no graph")
    return OnnxOutline(
        metadata=metadata,
        inputs=tuple(_names(graph, _GRAPH_INPUT)),
        outputs=tuple(_names(graph, _GRAPH_OUTPUT)),
        needs_other_files=_graph_needs_other_files(graph, depth=0),
    )


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield (field number, value) of a message; a value is a whole number or the bytes of a part."""
    position, end = 0, len(message)
    while position < end:
        tag, position = _varint(message, position)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise NotOnnxError("field number 0")
        if kind == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if kind == _BYTES:
            length, position = _varint(message, position)
        elif kind == _FIXED64:
            length = 8
        elif kind == _FIXED32:
            length = 4
        else:
            raise NotOnnxError(f"unknown wire type {kind}")
        if length > end - position:
            raise NotOnnxError("cut off")
        if kind == _BYTES:
            yield number, message[position : position + length]
        position += length


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise NotOnnxError("cut off")
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise NotOnnxError("number too long")


def _text(value: int | memoryview | None) -> str:
    if not isinstance(value, memoryview):
        return ""
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError:
        raise NotOnnxError("text is not UTF-8") from None


def _names(graph: memoryview, wanted: int) -> Iterator[str]:
    for number, value in _fields(graph):
        if number == wanted and isinstance(value, memoryview):
            yield _text(dict(_fields(value)).get(1))


def _graph_needs_other_files(graph: memoryview, *, depth: int) -> bool:
    if depth > _DEEPEST_SUBGRAPH:
        raise NotOnnxError("graphs nested too deeply")
    for number, value in _fields(graph):
        if not isinstance(value, memoryview):
            continue
        if number == _GRAPH_INITIALIZER and _tensor_is_elsewhere(value):
            return True
        if number == _GRAPH_NODE and any(
            _attribute_needs_other_files(attribute, depth=depth)
            for field, attribute in _fields(value)
            if field == _NODE_ATTRIBUTE and isinstance(attribute, memoryview)
        ):
            return True
    return False


def _attribute_needs_other_files(attribute: memoryview, *, depth: int) -> bool:
    for number, value in _fields(attribute):
        if not isinstance(value, memoryview):
            continue
        if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS) and _tensor_is_elsewhere(value):
            return True
        if number in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS) and _graph_needs_other_files(
            value, depth=depth + 1
        ):
            return True
    return False


def _tensor_is_elsewhere(tensor: memoryview) -> bool:
    return any(
        number == _TENSOR_EXTERNAL_DATA or (number == _TENSOR_DATA_LOCATION and value == 1)
        for number, value in _fields(tensor)
    )
