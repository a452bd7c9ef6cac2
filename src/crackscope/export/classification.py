"""Classification networks as model files: one probability for a picture of the size they were trained at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from crackscope.engine.classification import Classifier
from crackscope.engine.model_card import ModelInput
from crackscope.engine.model_file import INPUT_NAME, OUTPUT_NAME, ModelFile
from crackscope.engine.normalisation import normalise
from crackscope.export.parity import Parity, compare
from crackscope.export.probability_module import ProbabilityModule
from crackscope.export.run_figures import named_figures
from crackscope.export.task_export import TaskExport
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.views import views
from crackscope.training.normalisation import MEAN, STD
from crackscope.training.run_folder import RunFolder

_FIGURES = (
    ("pictures and patches", ("views",)),
    ("of them cracked", ("cracked",)),
    ("F1", ("f1",)),
    ("accuracy", ("accuracy",)),
    ("AUROC", ("auroc",)),
    ("expected calibration error", ("calibration_error_after",)),
    ("cracked pictures that sure_below was chosen on", ("cracked_pictures",)),
    ("share of them below sure_below", ("missed_share",)),
    ("share of crack-free pictures below sure_below", ("screened_share",)),
)


def _side_px(model_input: ModelInput) -> int:
    assert model_input.fixed_size is not None, "classifiers are of one size"
    return model_input.fixed_size[0]


def _example(model_input: ModelInput) -> Tensor:
    side_px = _side_px(model_input)
    return torch.zeros(2, 3, side_px, side_px)


def _shown(picture: RgbPixels, model_input: ModelInput) -> RgbPixels:
    every = list(views(picture, side_px=_side_px(model_input)))
    return every[len(every) // 2]


def _compare(
    network: nn.Module, temperature: float, model_file: ModelFile, pictures: Sequence[RgbPixels]
) -> Parity:
    card = model_file.card
    classifier = Classifier(model_file)
    return compare(
        _network_predictor(network, card.input, temperature),
        lambda pixels: classifier.probabilities([pixels]),
        [_shown(picture, card.input) for picture in pictures],
        threshold=card.threshold,
    )


def _network_predictor(
    network: nn.Module, model_input: ModelInput, temperature: float
) -> Callable[[RgbPixels], NDArray[np.float32]]:
    def predict(pixels: RgbPixels) -> NDArray[np.float32]:
        with torch.inference_mode():
            logits = network(torch.from_numpy(normalise(pixels[np.newaxis], model_input)))
            probability: NDArray[np.float32] = torch.sigmoid(logits / temperature)[:, 0].numpy()
        return probability

    return predict


def _card(run: RunFolder) -> dict[str, Any]:
    assert run.frozen is not None
    side_px = run.recipe.data.crop_px
    return {
        "input": ModelInput(mean=MEAN, std=STD, stride=1, fixed_size=(side_px, side_px)),
        "sure_below": None if (sure := run.frozen["sure_below"]) is None else float(sure),
        "figures": {"validation": named_figures(run.frozen, _FIGURES)},
    }


EXPORT = TaskExport(
    wrap=ProbabilityModule,
    example=_example,
    outputs=(OUTPUT_NAME,),
    free={INPUT_NAME: {0: "n"}, OUTPUT_NAME: {0: "n"}},
    shown=_shown,
    compare=_compare,
    card=_card,
)
