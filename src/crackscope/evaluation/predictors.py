"""Anything that can be evaluated, as a function from pixels to probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from crackscope.engine.model_card import CrackFilter
from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.evaluation.model_facts import ModelFacts, Trained, find_trained
from crackscope.evaluation.protocol import Predict
from crackscope.evaluation.reported import KEEP_ALL
from crackscope.evaluation.temperature import with_temperature


@dataclass(frozen=True, slots=True)
class Predictor:
    """A model made ready to predict.

    Parameters
    ----------
    predict : callable
        From uint8 pixels (H, W, 3) to float32 probabilities (H, W).
    crack_filter : CrackFilter
    facts : ModelFacts
    """

    predict: Predict
    crack_filter: CrackFilter
    facts: ModelFacts


def open_predictor(model: str, *, engine: str = DEFAULT_ENGINE, threads: int | None = None) -> Predictor:
    """Make a model file, a checkpoint or a run folder ready to predict.

    Parameters
    ----------
    model : str
        Name of a shipped model, path of a model file, of a ``.ckpt`` or of a run folder.
    engine : str
        For model files; checkpoints run in PyTorch.
    threads : int, optional
        For model files.

    Returns
    -------
    Predictor

    Raises
    ------
    ModelFileError
        If there is no such model, or it is not for segmentation.
    CrackscopeError
        If a checkpoint cannot be read.
    """
    trained = find_trained(model)
    return _open_model_file(model, engine, threads) if trained is None else _open_checkpoint(trained)


def _open_model_file(model: str, engine: str, threads: int | None) -> Predictor:
    from crackscope.engine.segmentation import Segmenter  # noqa: PLC0415  loads the engine

    segmenter = Segmenter(model, engine=engine, threads=threads)
    return Predictor(
        segmenter.probability_map,
        segmenter.model_file.card.crack_filter,
        ModelFacts.of_file(segmenter.model_file, engine=segmenter.engine),
    )


def _open_checkpoint(trained: Trained) -> Predictor:
    from crackscope.training.checkpoint import load_checkpoint_predictor  # noqa: PLC0415  loads PyTorch

    predict = with_temperature(load_checkpoint_predictor(trained.checkpoint), trained.temperature)
    frozen = trained.frozen
    crack_filter = KEEP_ALL if frozen is None else CrackFilter(**frozen["crack_filter"])
    return Predictor(predict, crack_filter, trained.facts)
