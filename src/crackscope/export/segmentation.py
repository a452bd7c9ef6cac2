"""Segmentation networks as model files: a probability for every pixel, at every size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from crackscope.engine.model_card import CrackFilter, ModelInput
from crackscope.engine.model_file import INPUT_NAME, OUTPUT_NAME, ModelFile
from crackscope.engine.padding import pad, up_to_multiple
from crackscope.engine.segmentation import Segmenter
from crackscope.export.parity import Parity, compare, network_predictor
from crackscope.export.probability_module import ProbabilityModule
from crackscope.export.run_figures import named_figures
from crackscope.export.task_export import TaskExport
from crackscope.imaging.arrays import RgbPixels
from crackscope.training.normalisation import MEAN, STD
from crackscope.training.run_folder import RunFolder

SHOWN_MAX_PX = 640
"""Pictures are cut to this side, from the middle: enough to see, and quick."""

_FREE = {0: "n", 2: "h", 3: "w"}
_FIGURES = (
    ("pictures", ("pictures",)),
    ("of them crack-free", ("crack_free",)),
    ("F1, mean over sets by their say", ("mean_f1",)),
    ("F1", ("f1_by_set",)),
    ("expected calibration error", ("calibration_error_after",)),
    ("share of crack-free pictures with a crack reported", ("filter_choice", "share_after")),
    ("recall of what is reported", ("filter_choice", "recall_after")),
    ("recall without the crack filter", ("filter_choice", "recall_before")),
)


def cut_middle(picture: RgbPixels) -> RgbPixels:
    """Cut a picture to at most `SHOWN_MAX_PX` on each side, from its middle."""
    row, column = (max(0, (side - SHOWN_MAX_PX) // 2) for side in picture.shape[:2])
    return picture[row : row + SHOWN_MAX_PX, column : column + SHOWN_MAX_PX]


def _example(model_input: ModelInput) -> Tensor:
    # An odd number of strides in both directions, and two different ones, so that no size is baked in unseen.
    return torch.zeros(2, 3, 3 * model_input.stride, 5 * model_input.stride)


def shown_middle(picture: RgbPixels, model_input: ModelInput) -> RgbPixels:
    """Cut the middle out of a picture, padded to a size that the graph takes."""
    picture = cut_middle(picture)
    height, width = (up_to_multiple(side, model_input.stride) for side in picture.shape[:2])
    if model_input.fixed_size is not None:
        height, width = model_input.fixed_size
        picture = picture[:height, :width]
    return pad(picture, height, width)


def _compare(
    network: nn.Module, temperature: float, model_file: ModelFile, pictures: Sequence[RgbPixels]
) -> Parity:
    card = model_file.card
    return compare(
        network_predictor(network, card.input, temperature=temperature),
        Segmenter(model_file).probability_map,
        map(cut_middle, pictures),
        threshold=card.threshold,
    )


def _card(run: RunFolder) -> dict[str, Any]:
    assert run.frozen is not None
    return {
        "input": ModelInput(mean=MEAN, std=STD),
        "crack_filter": CrackFilter(**run.frozen["crack_filter"]),
        "figures": {"validation": named_figures(run.frozen, _FIGURES)},
    }


EXPORT = TaskExport(
    wrap=ProbabilityModule,
    example=_example,
    outputs=(OUTPUT_NAME,),
    free={INPUT_NAME: _FREE, OUTPUT_NAME: _FREE},
    shown=shown_middle,
    compare=_compare,
    card=_card,
)
