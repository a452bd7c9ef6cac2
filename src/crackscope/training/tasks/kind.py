"""The seam between training in general and one task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback

from crackscope.datasets.split import Split
from crackscope.training.recipe import Recipe
from crackscope.training.tasks.task import CrackTask
from crackscope.training.watch import Watch


@dataclass(frozen=True, slots=True)
class DataPlan:
    """What a task's data are prepared from.

    Parameters
    ----------
    recipe : Recipe
    split : Split
    run_folder : Path
    cache_folder : Path
        For decoded pictures.
    batches : int
        Of one epoch, in each process.
    workers : int
        Processes that draw crops; 0 draws them in the training process.
    teacher_sha256 : str, optional
        Of the recipe's teacher, where it names one.
    in_bf16 : bool
        Ask the teacher in bfloat16.
    on_device : bool
        Keep the decoded pictures on the training device, and cut crops there.
    watch : callable
        Told of the pictures that are prepared.
    """

    recipe: Recipe
    split: Split
    run_folder: Path
    cache_folder: Path
    batches: int
    workers: int
    teacher_sha256: str | None
    in_bf16: bool
    on_device: bool
    watch: Watch


@dataclass(frozen=True, slots=True)
class TaskKind:
    """How one task is trained.

    Parameters
    ----------
    monitor : str
        The figure of validation whose highest value is the best.
    module : callable
        From recipe, split and the run's optimiser steps to the Lightning module.
    data : callable
        Decode what is needed; gives batches, and the callbacks that need the data, such as the one that draws
        validation pictures.
    """

    monitor: str
    module: Callable[[Recipe, Split, int], CrackTask]
    data: Callable[[DataPlan], tuple[pl.LightningDataModule, list[Callback]]]
