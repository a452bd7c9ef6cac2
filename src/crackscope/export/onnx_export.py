"""From a torch network to an ONNX model file in float32."""

from __future__ import annotations

import copy
import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn
from torch.onnx import symbolic_helper

from crackscope.engine.card_json import card_to_json
from crackscope.engine.model_card import METADATA_KEY, ModelCard
from crackscope.engine.model_file import INPUT_NAME, ModelFile
from crackscope.export.task_export import task_export
from crackscope.whole_file import whole_file

_FIRST_WITH_MAXIMA = 18
_LARGEST_AND_LEAST = {"amax": "max", "amin": "min"}


def export_fp32(
    module: nn.Module, card: ModelCard, path: str | Path, *, temperature: float = 1.0
) -> ModelFile:
    """Write a network as a model file in float32.

    Parameters
    ----------
    module : torch.nn.Module
        From normalised float32 (N, 3, H, W) to logits; it is copied, not changed.
    card : ModelCard
        Its `task` says what the graph's outputs are. Its `precision` is set to ``"fp32"`` by the caller.
    path : str or Path
        Written whole or not at all; an existing file is replaced.
    temperature : float
        Divides the logits before the sigmoid.

    Returns
    -------
    ModelFile
        The file, opened again and so checked.

    Notes
    -----
    The graph takes ``photo`` float32 (n, 3, h, w). To segment, it gives ``probability`` float32 (n, 1, h, w),
    n, h and w free, h and w multiples of the card's stride; to classify, ``probability`` float32 (n, 1), n
    free, h and w the card's fixed size. Batch norm is folded into the convolutions.
    """
    path = Path(path)
    how = task_export(card.task)
    wrapped = how.wrap(copy.deepcopy(module).cpu().float().eval(), temperature).eval()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The older exporter, for it folds batch norm and leaves height and width free without naming each
        # multiple of the stride, and needs no further package; torch warns that it is the older.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", message="Constant folding")
        _register_scatter_reduce(how.opset)
        draft = Path(folder) / "draft.onnx"
        torch.onnx.export(
            wrapped,
            (how.example(card.input),),
            draft,
            dynamo=False,
            opset_version=how.opset,
            input_names=[INPUT_NAME],
            output_names=list(how.outputs),
            dynamic_axes={name: dict(axes) for name, axes in how.free.items()},
        )
        graph = onnx.load(draft)
    return write_model_file(graph, card, path)


def _register_scatter_reduce(opset: int) -> None:
    """Let the exporter write one plain operation: its own way has branches that no quantiser takes."""

    @symbolic_helper.parse_args("v", "i", "v", "v", "s", "b")
    def scatter_reduce(graph, into, axis, index, values, reduction, _include_self):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0917 - as torch calls it
        reduction = _LARGEST_AND_LEAST[reduction]
        return graph.op("ScatterElements", into, index, values, axis_i=axis, reduction_s=reduction)

    if opset >= _FIRST_WITH_MAXIMA:
        torch.onnx.register_custom_op_symbolic("aten::scatter_reduce", scatter_reduce, opset)  # type: ignore[attr-defined]


def write_model_file(model: onnx.ModelProto, card: ModelCard, path: Path) -> ModelFile:
    """Write an ONNX model with its card, whole or not at all.

    Parameters
    ----------
    model : onnx.ModelProto
        Its metadata are replaced.
    card : ModelCard
    path : Path

    Returns
    -------
    ModelFile
    """
    onnx.helper.set_model_props(model, {METADATA_KEY: card_to_json(card)})
    for node in model.graph.node:
        node.ClearField("doc_string")  # torch notes there which source file of this machine a node came from
        node.ClearField("metadata_props")
    onnx.checker.check_model(model)
    with whole_file(path) as temporary:
        temporary.write_bytes(model.SerializeToString())
        checked = ModelFile.open(temporary)
    return ModelFile(path=path, card=checked.card, sha256=checked.sha256, size_bytes=checked.size_bytes)
