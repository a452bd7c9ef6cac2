"""Detection networks as model files: a box, a score and a mask for each crack, at every size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from crackscope.engine.found_instance import MASK_FROM, Detections
from crackscope.engine.model_card import ModelCard, ModelInput
from crackscope.engine.model_file import INPUT_NAME, OUTPUT_NAMES, ModelFile
from crackscope.engine.normalisation import normalise
from crackscope.engine.session import open_session
from crackscope.errors import ModelFileError
from crackscope.export.parity import Parity, compare
from crackscope.export.run_figures import named_figures
from crackscope.export.segmentation import shown_middle
from crackscope.export.task_export import TaskExport
from crackscope.imaging.arrays import ProbabilityMap, RgbPixels
from crackscope.training.normalisation import MEAN, STD
from crackscope.training.run_folder import RunFolder

LEAST_SCORE = 0.05
"""Networks give nothing below; see `crackscope.models.instances.mask_rcnn.Limits`."""
_CALLED_CRACK = 0.5

_FIGURES = (
    ("pictures", ("pictures",)),
    ("of them crack-free", ("crack_free",)),
    ("cracks", ("cracks",)),
    ("mask mAP, mean over sets by their say", ("mask_map",)),
    ("mask AP at IoU 0.50", ("mask_ap50",)),
    ("F1 of cracks at IoU 0.50", ("mean_f1",)),
    ("share of crack-free pictures with a crack found", ("false_alarm_share",)),
)


def _wrap(network: nn.Module, _temperature: float) -> nn.Module:
    return network


def _example(model_input: ModelInput) -> Tensor:
    # An odd number of strides in both directions, and two different ones, so that no size is baked in unseen;
    # noise, so that there are boxes to trace the masks with.
    generator = torch.Generator().manual_seed(0)
    return torch.randn(1, 3, 3 * model_input.stride, 5 * model_input.stride, generator=generator)


def _compare(
    network: nn.Module, _temperature: float, model_file: ModelFile, pictures: Sequence[RgbPixels]
) -> Parity:
    card = model_file.card
    session = open_session(model_file)

    found = 0

    def ours(pixels: RgbPixels) -> ProbabilityMap:
        nonlocal found
        with torch.inference_mode():
            photo = torch.from_numpy(normalise(pixels[np.newaxis], card.input))
            detections = Detections(*(each.numpy() for each in network(photo)))
        found += len(detections.scores)
        return certainty(detections, pixels, card)

    def theirs(pixels: RgbPixels) -> ProbabilityMap:
        return certainty(Detections(*session.outputs(pixels[np.newaxis])), pixels, card)

    shown = [shown_middle(picture, card.input) for picture in pictures]
    parity = compare(ours, theirs, shown, threshold=_CALLED_CRACK)
    if not found and card.precision == "int8":
        raise ModelFileError(
            f"{card.name}: finds no crack at all on {len(shown)} pictures, which leaves int8 without ranges"
            " for masks; train it longer, or give pictures of cracks with --data."
        )
    return parity


def certainty(detections: Detections, pixels: RgbPixels, card: ModelCard) -> ProbabilityMap:
    """Draw detections as a map that can be compared pixel by pixel.

    Parameters
    ----------
    detections : Detections
    pixels : uint8 array, shape (H, W, 3)
    card : ModelCard
        Has the thresholds of score and masks.

    Returns
    -------
    float32 array, shape (H, W)
        One half or more where a pixel belongs to a crack whose score reaches the threshold. It falls to 0
        towards the least score that networks give, so that one more or less there makes no difference.
    """
    height, width = pixels.shape[:2]
    span = max(card.threshold - LEAST_SCORE, 0.05)
    mask_from = MASK_FROM if card.mask_threshold is None else card.mask_threshold
    drawn = np.zeros((height, width), np.float32)
    for number, score in enumerate(detections.scores):
        own = detections.logits_of(number, height=height, width=width)
        if own is not None:
            at, logits = own
            probability = 1 / (1 + np.exp(-logits))
            sure = max(0.0, (float(score) - LEAST_SCORE) / span)
            value = _CALLED_CRACK * np.minimum(min(sure, 1 / _CALLED_CRACK), probability / mask_from)
            drawn[at.slices] = np.maximum(drawn[at.slices], value)
    return drawn


def _card(run: RunFolder) -> dict[str, Any]:
    assert run.frozen is not None
    return {
        "input": ModelInput(mean=MEAN, std=STD),
        "mask_threshold": float(run.frozen["mask_threshold"]),
        "figures": {"validation": named_figures(run.frozen, _FIGURES)},
    }


_IN_INT8 = ("/backbone/", "/proposal_head/hidden", "/box_head/hidden", "/mask_head/hidden")


def _in_float(node: str) -> bool:
    """Leave boxes, scores and the choice among them: 256 steps are few for a place in a photo."""
    return not node.startswith(_IN_INT8)


LARGEST_MEAN_DIFFERENCE, LEAST_COMMON = 1e-4, 0.999
"""Of the maps that are compared: mean absolute difference, and overlap of what is called crack."""


def _is_faithful(parity: Parity) -> bool:
    """Forgive single pixels: rounding decides near ties, and then a box ends one pixel further on."""
    return parity.mean_difference <= LARGEST_MEAN_DIFFERENCE and parity.mask_f1 >= LEAST_COMMON


_OUTPUTS = OUTPUT_NAMES["detect"]
_SIZE = {2: "h", 3: "w"}

EXPORT = TaskExport(
    wrap=_wrap,
    example=_example,
    outputs=_OUTPUTS,
    free={INPUT_NAME: _SIZE, **{name: {0: "n"} for name in _OUTPUTS}, "pixels": _SIZE},
    shown=shown_middle,
    compare=_compare,
    card=_card,
    is_faithful=_is_faithful,
    in_float=_in_float,
    opset=18,  # the largest and least of scattered values
)
