"""Any classifier that can be evaluated, as functions from pixels to probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.evaluation.classification.judging import PatchPredict, PicturePredict
from crackscope.evaluation.model_facts import ModelFacts, Trained, find_trained
from crackscope.evaluation.temperature import apply_temperature
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.views import views, whole_view


@dataclass(frozen=True, slots=True)
class PicturePredictor:
    """A classifier made ready to predict.

    Parameters
    ----------
    probability : callable
        From a picture of any size, uint8 (H, W, 3), to its probability of crack.
    probabilities : callable
        From pictures or patches, each shown whole, to float32 (N,).
    side_px : int
        Side of what the network is shown.
    sure_below : float, optional
    facts : ModelFacts
    """

    probability: PicturePredict
    probabilities: PatchPredict
    side_px: int
    sure_below: float | None
    facts: ModelFacts


def open_picture_predictor(
    model: str, *, engine: str = DEFAULT_ENGINE, threads: int | None = None
) -> PicturePredictor:
    """Make a classifier's model file, checkpoint or run folder ready to predict.

    Parameters
    ----------
    model : str
        Path of a model file, of a ``.ckpt`` or of a run folder.
    engine : str
        For model files; checkpoints run in PyTorch.
    threads : int, optional
        For model files.

    Returns
    -------
    PicturePredictor

    Raises
    ------
    ModelFileError
        If there is no such model, or it is not for classification.
    CrackscopeError
        If a checkpoint cannot be read.
    """
    trained = find_trained(model)
    return _open_model_file(model, engine, threads) if trained is None else _open_checkpoint(trained)


def _open_model_file(model: str, engine: str, threads: int | None) -> PicturePredictor:
    from crackscope.engine.classification import Classifier  # noqa: PLC0415  loads the engine

    classifier = Classifier(model, engine=engine, threads=threads)
    return PicturePredictor(
        classifier.probability,
        classifier.probabilities,
        classifier.side_px,
        classifier.model_file.card.sure_below,
        ModelFacts.of_file(classifier.model_file, engine=classifier.engine),
    )


def _open_checkpoint(trained: Trained) -> PicturePredictor:
    probability, probabilities, side_px = checkpoint_functions(
        trained.checkpoint, temperature=trained.temperature
    )
    sure_below = None if trained.frozen is None else trained.frozen["sure_below"]
    return PicturePredictor(probability, probabilities, side_px, sure_below, trained.facts)


def checkpoint_functions(
    checkpoint: Path, *, temperature: float = 1.0
) -> tuple[PicturePredict, PatchPredict, int]:
    """Make functions of a checkpoint that do what `crackscope.engine.classification.Classifier` does.

    Returns
    -------
    probability, probabilities : callable
        See `PicturePredictor`.
    side_px : int

    Raises
    ------
    CrackscopeError
        If the checkpoint cannot be read.
    """
    from crackscope.models.layers import as_channels_last  # noqa: PLC0415  loads PyTorch
    from crackscope.training.checkpoint import load_network  # noqa: PLC0415
    from crackscope.training.view_prediction import predict_views  # noqa: PLC0415

    network, recipe = load_network(checkpoint)
    network = as_channels_last(network)
    side_px = recipe.data.crop_px

    def probability(pixels: RgbPixels) -> float:
        found = predict_views(network, views(pixels, side_px=side_px))
        return float(apply_temperature(found, temperature).max())

    def probabilities(patches: Sequence[RgbPixels]) -> NDArray[np.float32]:
        found = predict_views(network, (whole_view(patch, side_px=side_px) for patch in patches))
        return apply_temperature(found, temperature)

    return probability, probabilities, side_px
