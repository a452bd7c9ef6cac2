"""Anything that can be evaluated, as a function from pixels to probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crackscope.engine.model_card import CrackFilter
from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.evaluation.protocol import Predict
from crackscope.evaluation.temperature import with_temperature

CHECKPOINT_SUFFIX = ".ckpt"
UNFROZEN_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Predictor:
    """A model made ready to predict.

    Parameters
    ----------
    predict : callable
        From uint8 pixels (H, W, 3) to float32 probabilities (H, W).
    threshold : float
        Frozen in a model file; 0.5 for a checkpoint, which has none.
    crack_filter : CrackFilter
    description : mapping
        What it is, for the JSON document.
    learnt_from : frozenset of str
        Names of the sets it learnt from, as far as that is known.
    sources : frozenset of str, optional
        The source photos it learnt from; None where only the sets are known, as of a model file.
    """

    predict: Predict
    threshold: float
    crack_filter: CrackFilter
    description: Mapping[str, Any]
    learnt_from: frozenset[str] = frozenset()
    sources: frozenset[str] | None = None


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
    path = Path(model)
    if path.suffix == CHECKPOINT_SUFFIX or path.is_dir():
        return _open_checkpoint(path)
    return _open_model_file(model, engine=engine, threads=threads)


def _open_model_file(model: str, *, engine: str, threads: int | None) -> Predictor:
    from crackscope.engine.model_file import ModelFile  # noqa: PLC0415
    from crackscope.engine.segmentation import Segmenter  # noqa: PLC0415  loads the engine

    model_file = ModelFile.open(model)
    segmenter = Segmenter(model_file, engine=engine, threads=threads)
    card = model_file.card
    return Predictor(
        predict=segmenter.probability_map,
        threshold=card.threshold,
        crack_filter=card.crack_filter,
        description={
            "kind": "model file",
            "name": card.name,
            "precision": card.precision,
            "sha256": model_file.sha256,
            "engine": segmenter.engine,
            "threshold_from": "the model file",
        },
        learnt_from=frozenset(each.name for each in card.training_sets),
    )


@dataclass(frozen=True, slots=True)
class Trained:
    """A checkpoint, and what is known of its run.

    Parameters
    ----------
    checkpoint : Path
    frozen : mapping, optional
        What the run's validation decided; None for a checkpoint that was named by itself.
    learnt_from, sources : frozenset of str
        See `Predictor`.
    """

    checkpoint: Path
    frozen: Mapping[str, Any] | None
    learnt_from: frozenset[str]
    sources: frozenset[str] | None


def find_trained(path: Path) -> Trained:
    """Find what a run's folder, or a checkpoint, is to be judged by.

    Raises
    ------
    CrackscopeError
        If there is no checkpoint, or the run is damaged.
    """
    from crackscope.training.checkpoint import find_checkpoint, frozen_checkpoint  # noqa: PLC0415  loads PyTorch
    from crackscope.training.run_files import SPLIT  # noqa: PLC0415
    from crackscope.training.run_folder import RunFolder, run_of  # noqa: PLC0415

    run = RunFolder.open(path) if path.is_dir() else None
    home = run or ((folder := run_of(path)) and RunFolder.open(folder))
    return Trained(
        checkpoint=find_checkpoint(path) if run is None else frozen_checkpoint(run),
        frozen=None if run is None else run.frozen,
        learnt_from=frozenset(each.name for each in (home.lineage() if home else ())),
        sources=_sources(home.path / SPLIT, home.ancestry.inherited_sources) if home else None,
    )


def _open_checkpoint(path: Path) -> Predictor:
    from crackscope.training.checkpoint import load_checkpoint_predictor  # noqa: PLC0415  loads PyTorch

    trained = find_trained(path)
    frozen = trained.frozen
    predict = load_checkpoint_predictor(trained.checkpoint)
    if frozen is None:
        threshold, crack_filter, source = (
            UNFROZEN_THRESHOLD,
            CrackFilter(),
            f"nothing frozen: {UNFROZEN_THRESHOLD}",
        )
    else:
        predict = with_temperature(predict, float(frozen["temperature"]))
        threshold, crack_filter = float(frozen["threshold"]), CrackFilter(**frozen["crack_filter"])
        source = "the run's validation pictures"
    return Predictor(
        predict=predict,
        threshold=threshold,
        crack_filter=crack_filter,
        description={"kind": "checkpoint", "name": path.name, "engine": "torch", "threshold_from": source},
        learnt_from=trained.learnt_from,
        sources=trained.sources,
    )


def _sources(split: Path, inherited: frozenset[str]) -> frozenset[str]:
    """Name the source photos that a run and its ancestors learnt from."""
    from crackscope.datasets.manifest import read_split_csv  # noqa: PLC0415

    return inherited | {source for part, source in read_split_csv(split) if part == "train"}
