"""Train from a recipe into a run folder, and go on after a kill."""

from __future__ import annotations

import logging
import math
import os
import platform
import warnings
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, WeightAveraging
from torch import Tensor

from crackscope.datasets.manifest import read_split_csv, write_manifest
from crackscope.datasets.split import Split, count_by_set
from crackscope.errors import CrackscopeError, RecipeError
from crackscope.training.ancestors import begin, find_ancestry
from crackscope.training.distributed import is_first_process, strategy_for
from crackscope.training.lineage import Ancestry
from crackscope.training.memory import keep_freed_memory
from crackscope.training.metrics_log import MetricsLog
from crackscope.training.precision import computes_in_bf16
from crackscope.training.recipe import Recipe, read_recipe, recipe_document, write_recipe
from crackscope.training.recipe_keys import first_difference
from crackscope.training.run_files import BEST, DATA, LAST, RECIPE, SPLIT, VERSIONS, write_json
from crackscope.training.run_folder import RunFolder
from crackscope.training.samples import find_split
from crackscope.training.tasks.kind import DataPlan
from crackscope.training.tasks.kinds import KINDS
from crackscope.training.tasks.task import CrackTask
from crackscope.training.watch import Watch, unwatched
from crackscope.training.whole_checkpoints import MovableCheckpoint, WholeCheckpoints
from crackscope.version import __version__

_PACKAGES = (
    "torch",
    "torchvision",
    "lightning",
    "kornia",
    "numpy",
    "opencv-python-headless",
    "onnx",
    "onnxruntime",
    "openvino",
)


def train(
    recipe: Recipe,
    data_folders: Sequence[Path],
    run_folder: Path,
    *,
    resume: bool = False,
    cache_folder: Path | None = None,
    workers: int = 0,
    threads: int | None = None,
    devices: int = 1,
    nodes: int = 1,
    callbacks: Sequence[Callback] = (),
    progress: bool = False,
    watch: Watch = unwatched,
) -> Path:
    """Train what a recipe says.

    Parameters
    ----------
    recipe : Recipe
    data_folders : sequence of Path
        Folders of datasets, or CSV files of splits. Pictures of a test half or part are held back.
    run_folder : Path
        Receives the frozen recipe, the split, package versions, ``metrics.csv``, ``curves.png``,
        ``validation/`` pictures and ``checkpoints/``.
    resume : bool
        Go on from the run's last checkpoint, with the same figures as if it had never stopped.
    cache_folder : Path, optional
        For decoded pictures; ``run_folder/cache`` by default.
    workers : int
        Processes that draw crops.
    threads : int, optional
        CPU threads of the network.
    devices, nodes : int
        Train on so many devices (processes, without a GPU) of so many machines. Each takes batches of the
        recipe's size, and their gradients make one step. All processes but the first only train.
    callbacks : sequence of Callback
        Lightning's, besides those that every run has.
    progress : bool
        Show a progress bar.
    watch : callable
        Told of the pictures that are prepared before training can begin.

    Returns
    -------
    Path
        The checkpoint with the best validation F1.

    Raises
    ------
    CrackscopeError
        If the run folder is already in use, cannot be written, was made with another recipe, the data do not
        fit, or the loss is no number any more.
    """
    processes = devices * nodes
    first = is_first_process()
    if first:
        _check_folder(run_folder, recipe, resume=resume)
    quieten()
    keep_freed_memory()
    if threads is not None:
        torch.set_num_threads(threads)
    split = find_split(data_folders, recipe)
    in_bf16 = computes_in_bf16(recipe.precision)
    if resume:
        _check_same_split(split, run_folder)
        ancestry = _resumed_ancestry(RunFolder.open(run_folder), in_bf16=in_bf16)
    else:
        ancestry = find_ancestry(recipe, split)
    pl.seed_everything(recipe.seed, workers=True, verbose=False)
    crops = recipe.crops_per_epoch or len(split.train)
    accumulated = recipe.optimiser.accumulate_batches
    steps_per_epoch = max(1, crops // (recipe.batch_size * accumulated * processes))
    kind = KINDS[recipe.task]
    task = kind.module(recipe, split, recipe.epochs * steps_per_epoch)
    if not resume:
        begin(task.network, recipe)
    if first:
        if not resume:
            make_folder(run_folder)
            write_manifest(split, run_folder / SPLIT)
            write_recipe(recipe, run_folder / RECIPE)
        write_json(run_folder / VERSIONS, environment())
        write_json(run_folder / DATA, _data_document(data_folders, split, ancestry, in_bf16=in_bf16))
    data, of_task = kind.data(
        DataPlan(
            recipe=recipe,
            split=split,
            run_folder=run_folder,
            cache_folder=cache_folder or run_folder / "cache",
            batches=steps_per_epoch * accumulated,
            workers=workers,
            teacher_sha256=ancestry.teacher_sha256,
            in_bf16=in_bf16,
            on_device=torch.cuda.is_available(),
            watch=watch,
        )
    )
    trainer = pl.Trainer(
        max_epochs=recipe.epochs,
        accelerator="auto",
        devices=devices,
        num_nodes=nodes,
        strategy=strategy_for(processes, recipe),
        use_distributed_sampler=False,
        plugins=[WholeCheckpoints()],
        precision="bf16-mixed" if in_bf16 else "32-true",
        check_val_every_n_epoch=math.gcd(recipe.validate_every, recipe.epochs),  # the last epoch is validated
        reload_dataloaders_every_n_epochs=1,
        accumulate_grad_batches=accumulated,
        gradient_clip_val=recipe.optimiser.gradient_clip or None,
        callbacks=[*of_task, *_callbacks(task, run_folder), *callbacks],
        logger=False,
        enable_progress_bar=progress and first,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=run_folder,
        deterministic="warn",
    )
    try:
        trainer.fit(task, datamodule=data, ckpt_path=run_folder / LAST if resume else None, weights_only=True)
    except SystemExit:  # Lightning's answer to Ctrl-C
        if trainer.interrupted:
            raise KeyboardInterrupt from None
        raise
    return run_folder / (BEST if (run_folder / BEST).exists() else LAST)


def _callbacks(task: CrackTask, run_folder: Path) -> list[Callback]:
    """Make what every run has; the checkpoints come last, after whatever changes the weights."""
    recipe = task.recipe
    checkpoints = run_folder / LAST.parent
    last = MovableCheckpoint(
        dirpath=checkpoints,
        filename=LAST.stem,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    best = MovableCheckpoint(
        dirpath=checkpoints,
        filename=BEST.stem,
        monitor=task.monitor,
        mode="max",
        save_on_train_epoch_end=False,
        enable_version_counter=False,
    )
    averaging = [AveragedWeights(decay)] if (decay := recipe.optimiser.average_decay) else []
    stopping = (
        [
            EarlyStopping(
                task.monitor,
                mode="max",
                patience=own.patience,
                min_delta=own.least_gain,
                check_on_train_epoch_end=False,
            )
        ]
        if (own := recipe.early_stopping)
        else []
    )
    return [*averaging, MetricsLog(run_folder, task.figures), *stopping, best, last]


def _data_document(
    data_folders: Sequence[Path], split: Split, ancestry: Ancestry, *, in_bf16: bool
) -> dict[str, object]:
    return {
        "folders": [str(Path(folder).resolve()) for folder in data_folders],
        "pictures": {part: count_by_set(samples) for part, samples in split.parts()},
        "precision": "bf16" if in_bf16 else "fp32",
        "ancestry": ancestry.to_document(),
    }


class AveragedWeights(WeightAveraging):
    """An exponential average of the weights, short at first so that the random start is soon forgotten."""

    def __init__(self, decay: float) -> None:
        def average(averaged: Tensor, current: Tensor, count: Tensor | int) -> Tensor:
            own_decay = min(decay, (1 + float(count)) / (10 + float(count)))
            return averaged * own_decay + current * (1 - own_decay)

        super().__init__(avg_fn=average)


def _check_same_split(split: Split, run_folder: Path) -> None:
    before = set(read_split_csv(run_folder / SPLIT))
    now = {(part, sample.source) for part, samples in split.parts() for sample in samples}
    if before != now:
        raise CrackscopeError(
            f"{run_folder}: the pictures are not those it was begun with, and would be split anew;"
            " resume with the same data, or start another run."
        )


def _resumed_ancestry(run: RunFolder, *, in_bf16: bool) -> Ancestry:
    now = "bf16" if in_bf16 else "fp32"
    if run.precision not in (None, now):
        raise CrackscopeError(
            f"{run.path}: was begun in {run.precision}, and this machine would go on in {now};"
            " resume it on a machine like the first, or start another run."
        )
    return run.ancestry


def environment() -> dict[str, str]:
    """Versions of what decides a run's figures."""
    found = {"crackscope": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _check_folder(run_folder: Path, recipe: Recipe, *, resume: bool) -> None:
    last = run_folder / LAST
    if resume:
        if not last.is_file():
            raise CrackscopeError(
                f"{run_folder}: nothing to resume, {LAST} is missing; start without --resume."
            )
        before = recipe_document(read_recipe(str(run_folder / RECIPE)))
        if before != (now := recipe_document(recipe)):
            raise RecipeError(
                f"{run_folder}: was begun with another recipe ({first_difference(now, before)}); resume with"
                " its recipe.yaml, unchanged."
            )
        return
    if last.exists():
        raise CrackscopeError(f"{run_folder}: already holds a run; give --resume or another folder.")


def make_folder(run_folder: Path) -> None:
    """Make a run's folder, and try whether it can be written before hours are spent.

    Raises
    ------
    CrackscopeError
        If it cannot.
    """
    try:
        run_folder.mkdir(parents=True, exist_ok=True)
        probe = run_folder / f".write-test-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CrackscopeError(
            f"{run_folder}: cannot be written ({error.strerror}); choose another folder."
        ) from error


def quieten() -> None:
    """Drop the library's hints that do not concern a user of recipes."""
    for library in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(library).setLevel(logging.WARNING)
    for about in (
        ".*does not have many workers.*",
        ".*LeafSpec.*",
        ".*smaller than the logging interval.*",
        ".*[Cc]heckpoint directory .* exists.*",
        ".*The dirpath has changed.*",
    ):
        warnings.filterwarnings("ignore", about)
