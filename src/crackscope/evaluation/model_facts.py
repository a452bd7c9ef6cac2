"""What is known of a model that is judged, besides what it predicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crackscope.engine.model_file import ModelFile

CHECKPOINT_SUFFIX = ".ckpt"
UNFROZEN_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of a model.

    Parameters
    ----------
    threshold : float
        Frozen in a model file or a run; 0.5 for a checkpoint by itself, which has none.
    description : mapping
        What it is, for the JSON document.
    learnt_from : frozenset of str
        Names of the sets it learnt from, as far as that is known.
    sources : frozenset of str, optional
        The source photos it learnt from; None where only the sets are known, as of a model file.
    """

    threshold: float
    description: Mapping[str, Any]
    learnt_from: frozenset[str] = frozenset()
    sources: frozenset[str] | None = None

    @classmethod
    def of_file(cls, model_file: ModelFile, *, engine: str) -> ModelFacts:
        """Take from a model file what it says of itself; `engine` is the name of what runs it."""
        card = model_file.card
        return cls(
            threshold=card.threshold,
            description={
                "kind": "model file",
                "name": card.name,
                "precision": card.precision,
                "sha256": model_file.sha256,
                "engine": engine,
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
    facts : ModelFacts
    """

    checkpoint: Path
    frozen: Mapping[str, Any] | None
    facts: ModelFacts

    @property
    def temperature(self) -> float:
        """By which the network's logits are to be divided."""
        return 1.0 if self.frozen is None else float(self.frozen["temperature"])


def is_trained(model: str) -> bool:
    """Tell a checkpoint or a run's folder from a model file."""
    return Path(model).suffix == CHECKPOINT_SUFFIX or Path(model).is_dir()


def find_trained(model: str) -> Trained | None:
    """Find what a run's folder, or a checkpoint, is to be judged by.

    Parameters
    ----------
    model : str
        Name of a shipped model, path of a model file, of a ``.ckpt`` or of a run folder.

    Returns
    -------
    Trained or None
        None for a model file.

    Raises
    ------
    CrackscopeError
        If there is no checkpoint, or the run is damaged.
    """
    if not is_trained(model):
        return None
    from crackscope.training.checkpoint import find_checkpoint, frozen_checkpoint  # noqa: PLC0415  loads PyTorch
    from crackscope.training.run_files import SPLIT  # noqa: PLC0415
    from crackscope.training.run_folder import RunFolder, run_of  # noqa: PLC0415

    path = Path(model)
    run = RunFolder.open(path) if path.is_dir() else None
    home = run or ((folder := run_of(path)) and RunFolder.open(folder))
    frozen = None if run is None else run.frozen
    source = f"nothing frozen: {UNFROZEN_THRESHOLD}" if frozen is None else "the run's validation pictures"
    return Trained(
        checkpoint=find_checkpoint(path) if run is None else frozen_checkpoint(run),
        frozen=frozen,
        facts=ModelFacts(
            threshold=UNFROZEN_THRESHOLD if frozen is None else float(frozen["threshold"]),
            description={
                "kind": "checkpoint",
                "name": path.name,
                "engine": "torch",
                "threshold_from": source,
            },
            learnt_from=frozenset(each.name for each in (home.lineage() if home else ())),
            sources=_sources(home.path / SPLIT, home.ancestry.inherited_sources) if home else None,
        ),
    )


def _sources(split: Path, inherited: frozenset[str]) -> frozenset[str]:
    """Name the source photos that a run and its ancestors learnt from."""
    from crackscope.datasets.manifest import read_split_csv  # noqa: PLC0415

    return inherited | {source for part, source in read_split_csv(split) if part == "train"}
