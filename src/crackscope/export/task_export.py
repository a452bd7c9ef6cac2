"""What differs by task when a network becomes a model file: one module each, behind one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crackscope.engine.model_card import ModelInput
from crackscope.engine.model_file import ModelFile
from crackscope.export.parity import Parity
from crackscope.imaging.arrays import RgbPixels

if TYPE_CHECKING:
    from torch import Tensor, nn

    from crackscope.training.run_folder import RunFolder

_MODULES = {
    "segment": "crackscope.export.segmentation",
    "classify": "crackscope.export.classification",
    "detect": "crackscope.export.instances",
}
"""Each holds a `TaskExport` under the name ``EXPORT``."""


LARGEST_DIFFERENCE = 1e-3
"""Of probabilities. Rounding in another order gives 1e-5; more than this is a wrong graph."""


@dataclass(frozen=True, slots=True)
class TaskExport:
    """How networks of one task become model files.

    Parameters
    ----------
    wrap : callable
        From a network that gives logits, in evaluation mode, and a temperature to the module that is traced:
        it takes normalised float32 (N, 3, H, W) and gives the graph's outputs.
    example : callable
        A picture to trace with, float32 (N, 3, H, W).
    outputs : tuple of str
        Names of the graph's outputs, in the module's order.
    free : mapping
        For the graph's input and outputs, by name: the axes that stay free, each with a name.
    shown : callable
        What of a real picture goes into the graph at once, uint8 (H, W, 3), of a size that it takes. Int8 is
        calibrated, and parity measured, on it.
    compare : callable
        Run network (in evaluation mode, with a temperature) and model file on what is shown of pictures.
    card : callable
        From a run with frozen values to those fields of its model card that are the task's.
    is_faithful : callable, optional
        Whether a float32 file computes what the network computes; by default where no probability differs by
        more than `LARGEST_DIFFERENCE`.
    in_float : callable, optional
        From a node's name to whether int8 leaves it in float32; none by default.
    opset : int
        Version of ONNX's operations. 17, of ONNX 1.12 (2022), is read by every engine of the last years.
    """

    wrap: Callable[[nn.Module, float], nn.Module]
    example: Callable[[ModelInput], Tensor]
    outputs: tuple[str, ...]
    free: Mapping[str, Mapping[int, str]]
    shown: Callable[[RgbPixels, ModelInput], RgbPixels]
    compare: Callable[[nn.Module, float, ModelFile, Sequence[RgbPixels]], Parity]
    card: Callable[[RunFolder], dict[str, Any]]
    is_faithful: Callable[[Parity], bool] = lambda parity: parity.max_difference <= LARGEST_DIFFERENCE
    in_float: Callable[[str], bool] = lambda _: False
    opset: int = 17


def task_export(task: str) -> TaskExport:
    """Look a task of `crackscope.engine.model_card.TASKS` up in the table."""
    found: TaskExport = import_module(_MODULES[task]).EXPORT
    return found
