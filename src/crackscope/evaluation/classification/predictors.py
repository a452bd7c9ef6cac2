"""Any classifier that can be evaluated, as functions from pixels to probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.evaluation.classification.judging import PatchPredict, PicturePredict
from crackscope.evaluation.predictors import CHECKPOINT_SUFFIX, UNFROZEN_THRESHOLD, find_trained
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
    threshold : float
        Frozen in a model file and a run; 0.5 for a checkpoint, which has none.
    sure_below : float, optional
    description : mapping
        What it is, for the JSON document.
    learnt_from : frozenset of str
        Names of the sets it learnt from, as far as that is known.
    sources : frozenset of str, optional
        The source photos it learnt from; None where only the sets are known, as of a model file.
    """

    probability: PicturePredict
    probabilities: PatchPredict
    side_px: int
    threshold: float
    sure_below: float | None
    description: Mapping[str, Any]
    learnt_from: frozenset[str] = frozenset()
    sources: frozenset[str] | None = None


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
    path = Path(model)
    if path.suffix == CHECKPOINT_SUFFIX or path.is_dir():
        return _open_checkpoint(path)
    return _open_model_file(model, engine=engine, threads=threads)


def _open_model_file(model: str, *, engine: str, threads: int | None) -> PicturePredictor:
    from crackscope.engine.classification import Classifier  # noqa: PLC0415  loads the engine
    from crackscope.engine.model_file import ModelFile  # noqa: PLC0415

    model_file = ModelFile.open(model)
    classifier = Classifier(model_file, engine=engine, threads=threads)
    card = model_file.card
    return PicturePredictor(
        probability=classifier.probability,
        probabilities=classifier.probabilities,
        side_px=classifier.side_px,
        threshold=card.threshold,
        sure_below=card.sure_below,
        description={
            "kind": "model file",
            "name": card.name,
            "precision": card.precision,
            "sha256": model_file.sha256,
            "engine": classifier.engine,
            "threshold_from": "the model file",
        },
        learnt_from=frozenset(each.name for each in card.training_sets),
    )


def _open_checkpoint(path: Path) -> PicturePredictor:
    trained = find_trained(path)
    frozen = trained.frozen
    probability, probabilities, side_px = checkpoint_functions(
        trained.checkpoint, temperature=1.0 if frozen is None else float(frozen["temperature"])
    )
    source = f"nothing frozen: {UNFROZEN_THRESHOLD}" if frozen is None else "the run's validation pictures"
    return PicturePredictor(
        probability=probability,
        probabilities=probabilities,
        side_px=side_px,
        threshold=UNFROZEN_THRESHOLD if frozen is None else float(frozen["threshold"]),
        sure_below=None if frozen is None else float(frozen["sure_below"]),
        description={"kind": "checkpoint", "name": path.name, "engine": "torch", "threshold_from": source},
        learnt_from=trained.learnt_from,
        sources=trained.sources,
    )


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
