"""A training run's folder becomes a model file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crackscope.datasets.find import find_samples
from crackscope.datasets.reading import read_picture
from crackscope.datasets.sample import Sample
from crackscope.engine.model_card import ModelCard, TrainingSet
from crackscope.errors import CrackscopeError
from crackscope.export.model_export import Export, export_module
from crackscope.export.task_export import task_export
from crackscope.imaging.arrays import RgbPixels
from crackscope.training.checkpoint import frozen_checkpoint, load_network
from crackscope.training.recipe import recipe_document
from crackscope.training.run_folder import RunFolder

CALIBRATION_PICTURES = 96


def export_run(
    run_path: Path,
    out_path: Path,
    *,
    precision: str,
    calibration_folders: Sequence[Path] = (),
    name: str | None = None,
) -> Export:
    """Write the model file of a training run.

    Parameters
    ----------
    run_path : Path
        Folder that training wrote; its threshold must have been frozen.
    out_path : Path
        The model file.
    precision : str
        ``"fp32"`` or ``"int8"``.
    calibration_folders : sequence of Path
        Datasets whose pictures set the ranges of int8, their test parts left out; by default the run's own
        training pictures.
    name : str, optional
        Of the model; by default the recipe's.

    Returns
    -------
    Export

    Raises
    ------
    CrackscopeError
        If the folder is no run, nothing was frozen yet, or a checkpoint or picture cannot be read.
    """
    run = RunFolder.open(run_path)
    card = card_of_run(run, name=name)
    network, _ = load_network(frozen_checkpoint(run))
    found = find_samples(calibration_folders, unmasked_cracks=True)  # where the cracks are does not matter
    given = [sample for sample in found if sample.part != "test"]
    samples = given if calibration_folders else run.split().train
    assert run.frozen is not None  # else there would be no card
    return export_module(
        network,
        card,
        out_path,
        precision=precision,
        calibration_pictures=calibration_pictures(samples),
        temperature=float(run.frozen["temperature"]),
    )


def card_of_run(run: RunFolder, *, name: str | None = None) -> ModelCard:
    """Write down what a run's folder knows of its model.

    Parameters
    ----------
    run : RunFolder
    name : str, optional
        By default the recipe's.

    Returns
    -------
    ModelCard

    Raises
    ------
    CrackscopeError
        If no threshold was frozen, or what was is damaged.
    """
    if run.frozen is None:
        raise CrackscopeError(
            f"{run.path}: its threshold is not chosen yet; let training finish with"
            f" `crackscope train {run.path / 'recipe.yaml'} --data … --out {run.path} --resume`."
        )
    sets = tuple(
        TrainingSet(name=each.name, pictures=each.pictures, terms=each.terms) for each in run.lineage()
    )
    try:
        return ModelCard(
            name=name or run.recipe.name,
            task=run.recipe.task,
            threshold=float(run.frozen["threshold"]),
            training_sets=sets,
            terms=_terms_in_one_sentence(sets),
            recipe=recipe_document(run.recipe),
            seed=run.recipe.seed,
            versions={package: str(version) for package, version in run.versions.items()},
            **task_export(run.recipe.task).card(run),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CrackscopeError(f"{run.path}: its frozen threshold is damaged; train again.") from error


def calibration_pictures(samples: Sequence[Sample]) -> list[RgbPixels]:
    """Read pictures for calibration: evenly from every set, the same ones every time.

    Parameters
    ----------
    samples : sequence of Sample

    Returns
    -------
    list of uint8 arrays, shape (H, W, 3)
        At most `CALIBRATION_PICTURES`, sets in turn.
    """
    by_set: dict[str, list[Sample]] = {}
    for sample in sorted(samples):
        by_set.setdefault(sample.set_name, []).append(sample)
    share = -(-CALIBRATION_PICTURES // max(1, len(by_set)))
    chosen: list[tuple[int, Sample]] = []
    for members in by_set.values():
        count = min(share, len(members))
        picked = np.linspace(0, len(members) - 1, count).round().astype(int)
        chosen += [(turn, members[index]) for turn, index in enumerate(picked)]
    chosen.sort(key=lambda each: each[0])  # stable: the first of every set, then the second
    return [read_picture(sample) for _, sample in chosen[:CALIBRATION_PICTURES]]


def _terms_in_one_sentence(sets: Sequence[TrainingSet]) -> str:
    if not sets:
        return ""
    return "The terms of every training set apply to who uses the model; they are listed with the sets."
