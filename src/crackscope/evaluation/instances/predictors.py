"""Anything that finds cracks one by one and can be evaluated, as a function from pixels to cracks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crackscope.engine.found_instance import MASK_FROM, FoundInstance
from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.evaluation.instances.protocol import Find
from crackscope.evaluation.instances.rival import single_cracks_of
from crackscope.evaluation.model_facts import ModelFacts, Trained, find_trained
from crackscope.evaluation.predictors import open_predictor
from crackscope.imaging.arrays import RgbPixels


@dataclass(frozen=True, slots=True)
class InstancePredictor:
    """A model made ready to find.

    Parameters
    ----------
    find : callable
        From uint8 pixels (H, W, 3) to cracks, also to doubtful ones.
    facts : ModelFacts
        The threshold is that of the score; 0 for a segmentation model, whose own has chosen already.
    """

    find: Find
    facts: ModelFacts


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
    trained = find_trained(model)
    return _open_model_file(model, engine, threads) if trained is None else _open_checkpoint(trained)


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
    facts = predictor.facts
    threshold = facts.threshold if pixel_threshold is None else pixel_threshold
    find = single_cracks_of(predictor.predict, threshold=threshold, crack_filter=predictor.crack_filter)
    description = {**facts.description, "as_instances": True, "pixel_threshold": threshold}
    return InstancePredictor(find, replace(facts, threshold=0.0, description=description))


def checkpoint_find(
    checkpoint: Path, *, mask_thresholds: Sequence[float]
) -> Callable[[RgbPixels], list[tuple[FoundInstance, ...]]]:
    """Make a function of a detector's checkpoint, from pixels to cracks at each threshold of the masks.

    Raises
    ------
    CrackscopeError
        If the checkpoint cannot be read.
    """
    from crackscope.models.layers import as_channels_last  # noqa: PLC0415  loads PyTorch
    from crackscope.training.checkpoint import load_network  # noqa: PLC0415
    from crackscope.training.instance_prediction import find_at_thresholds  # noqa: PLC0415

    network = as_channels_last(load_network(checkpoint)[0])
    return lambda pixels: find_at_thresholds(network, pixels, mask_thresholds=mask_thresholds)


def _open_model_file(model: str, engine: str, threads: int | None) -> InstancePredictor:
    from crackscope.engine.instances import InstanceFinder  # noqa: PLC0415  loads the engine

    finder = InstanceFinder(model, engine=engine, threads=threads)
    facts = ModelFacts.of_file(finder.model_file, engine=finder.engine)
    return InstancePredictor(lambda pixels: finder.find(pixels, least_score=0.0), facts)


def _open_checkpoint(trained: Trained) -> InstancePredictor:
    frozen = trained.frozen
    mask_threshold = MASK_FROM if frozen is None else float(frozen["mask_threshold"])
    find = checkpoint_find(trained.checkpoint, mask_thresholds=(mask_threshold,))
    return InstancePredictor(lambda pixels: find(pixels)[0], trained.facts)
