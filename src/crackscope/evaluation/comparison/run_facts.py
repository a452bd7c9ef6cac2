"""What a run's folder says of its network and of its training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crackscope.evaluation.comparison.entrants import Entrant

METRICS = "metrics.csv"
LOSS_COLUMN = "train_loss"


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure over the epochs; only epochs that have it.

    Parameters
    ----------
    epochs : tuple of int
        Counted from 1.
    values : tuple of float
    """

    epochs: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run's network and training.

    Parameters
    ----------
    name : str
    folder : Path
    task, model : str
        Of the recipe.
    parameters : int
        Numbers that the network learnt.
    macs : int
        Multiplications with addition for one picture of `size_px` × `size_px`.
    size_px : int
    training_pictures : int
    epochs, planned_epochs : int
        Done, and asked for by the recipe.
    training_s : float
        Summed over the epochs, on whatever machine it was trained, in s.
    seed : int
    loss, validation : Curve
        Training loss, and the main figure on the validation pictures of the run.
    """

    name: str
    folder: Path
    task: str
    model: str
    parameters: int
    macs: int
    size_px: int
    training_pictures: int
    epochs: int
    planned_epochs: int
    training_s: float
    seed: int
    loss: Curve
    validation: Curve


def read_facts(entrant: Entrant, *, size_px: int, validation_column: str) -> RunFacts:
    """Read what a run's folder says.

    Parameters
    ----------
    entrant : Entrant
    size_px : int
        Side of the picture that operations are counted for.
    validation_column : str
        Of ``metrics.csv``.

    Returns
    -------
    RunFacts

    Raises
    ------
    CrackscopeError
        If the checkpoint is missing or damaged.
    """
    from crackscope.models.cost import count_macs  # noqa: PLC0415  loads PyTorch, as do the next two
    from crackscope.training.checkpoint import frozen_checkpoint, load_network  # noqa: PLC0415
    from crackscope.training.metrics_log import read_metrics  # noqa: PLC0415

    run = entrant.run
    network, _ = load_network(frozen_checkpoint(run))
    rows = read_metrics(run.path / METRICS)
    return RunFacts(
        name=entrant.name,
        folder=run.path,
        task=run.recipe.task,
        model=run.recipe.model.name,
        parameters=sum(each.numel() for each in network.parameters()),
        macs=count_macs(network, size_px, size_px),
        size_px=size_px,
        training_pictures=sum(run.pictures.get("train", {}).values()),
        epochs=len(rows),
        planned_epochs=run.recipe.epochs,
        training_s=sum(_numbers(row.get("seconds") for row in rows)),
        seed=run.recipe.seed,
        loss=_curve(rows, LOSS_COLUMN),
        validation=_curve(rows, validation_column),
    )


def _curve(rows: Iterable[Mapping[str, str]], column: str) -> Curve:
    known = [(int(row["epoch"]) + 1, float(row[column])) for row in rows if row.get(column)]
    return Curve(tuple(epoch for epoch, _ in known), tuple(value for _, value in known))


def _numbers(cells: Iterable[str | None]) -> list[float]:
    return [float(cell) for cell in cells if cell]
