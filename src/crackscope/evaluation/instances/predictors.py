"""Anything that finds cracks one by one and can be evaluated, as a function from pixels to cracks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.evaluation.instances.protocol import Find
from crackscope.evaluation.instances.rival import single_cracks_of
from crackscope.evaluation.predictors import (
    CHECKPOINT_SUFFIX,
    UNFROZEN_THRESHOLD,
    find_trained,
    open_predictor,
)


@dataclass(frozen=True, slots=True)
class InstancePredictor:
    """A model made ready to find.

    Parameters
    ----------
    find : callable
        From uint8 pixels (H, W, 3) to cracks, also to doubtful ones.
    threshold : float
        Of the score: frozen in a model file or a run; 0.5 for a checkpoint, which has none, and 0 for a
        segmentation model, whose own threshold has chosen already.
    description : mapping
        What it is, for the JSON document.
    learnt_from : frozenset of str
        Names of the sets it learnt from, as far as that is known.
    sources : frozenset of str, optional
        The source photos it learnt from; None where only the sets are known, as of a model file.
    """

    find: Find
    threshold: float
    description: Mapping[str, Any]
    learnt_from: frozenset[str] = frozenset()
    sources: frozenset[str] | None = None


def open_instance_predictor(
    model: str, *, engine: str = DEFAULT_ENGINE, threads: int | None = None
) -> InstancePredictor:
    """Make a detection model's file, checkpoint or run folder ready to find.

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
    InstancePredictor

    Raises
    ------
    ModelFileError
        If there is no such model, or it is not for detection.
    CrackscopeError
        If a checkpoint cannot be read.
    """
    path = Path(model)
    if path.suffix == CHECKPOINT_SUFFIX or path.is_dir():
        return _open_checkpoint(path)
    return _open_model_file(model, engine=engine, threads=threads)


def open_rival(
    model: str,
    *,
    engine: str = DEFAULT_ENGINE,
    threads: int | None = None,
    pixel_threshold: float | None = None,
) -> InstancePredictor:
    """Make a segmentation model ready to be judged by its single cracks.

    Parameters
    ----------
    model : str
        What `open_predictor` takes.
    engine, threads
        For model files.
    pixel_threshold : float, optional
        Instead of the model's own.

    Returns
    -------
    InstancePredictor
    """
    predictor = open_predictor(model, engine=engine, threads=threads)
    threshold = predictor.threshold if pixel_threshold is None else pixel_threshold
    find = single_cracks_of(predictor.predict, threshold=threshold, crack_filter=predictor.crack_filter)
    description = {**predictor.description, "as_instances": True, "pixel_threshold": threshold}
    return InstancePredictor(find, 0.0, description, predictor.learnt_from, predictor.sources)


def checkpoint_find(checkpoint: Path) -> Find:
    """Make a function of a detector's checkpoint, from pixels to cracks.

    Raises
    ------
    CrackscopeError
        If the checkpoint cannot be read.
    """
    from crackscope.models.layers import as_channels_last  # noqa: PLC0415  loads PyTorch
    from crackscope.training.checkpoint import load_network  # noqa: PLC0415
    from crackscope.training.instance_prediction import find_in_picture  # noqa: PLC0415

    network = as_channels_last(load_network(checkpoint)[0])
    return lambda pixels: find_in_picture(network, pixels)


def _open_model_file(model: str, *, engine: str, threads: int | None) -> InstancePredictor:
    from crackscope.engine.instances import InstanceFinder  # noqa: PLC0415  loads the engine
    from crackscope.engine.model_file import ModelFile  # noqa: PLC0415

    model_file = ModelFile.open(model)
    finder = InstanceFinder(model_file, engine=engine, threads=threads)
    card = model_file.card
    return InstancePredictor(
        find=lambda pixels: finder.find(pixels, least_score=0.0),
        threshold=card.threshold,
        description={
            "kind": "model file",
            "name": card.name,
            "precision": card.precision,
            "sha256": model_file.sha256,
            "engine": finder.engine,
            "threshold_from": "the model file",
        },
        learnt_from=frozenset(each.name for each in card.training_sets),
    )


def _open_checkpoint(path: Path) -> InstancePredictor:
    trained = find_trained(path)
    frozen = trained.frozen
    source = f"nothing frozen: {UNFROZEN_THRESHOLD}" if frozen is None else "the run's validation pictures"
    return InstancePredictor(
        find=checkpoint_find(trained.checkpoint),
        threshold=UNFROZEN_THRESHOLD if frozen is None else float(frozen["threshold"]),
        description={"kind": "checkpoint", "name": path.name, "engine": "torch", "threshold_from": source},
        learnt_from=trained.learnt_from,
        sources=trained.sources,
    )
