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
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, WeightAveraging
from torch import Tensor

from crackscope.datasets.find import find_samples
from crackscope.datasets.manifest import read_split_csv, write_manifest
from crackscope.datasets.split import Split, count_by_set
from crackscope.errors import CrackscopeError, RecipeError
from crackscope.training.ancestors import begin, find_ancestry
from crackscope.training.data import CrackData, Watch, unwatched
from crackscope.training.lineage import Ancestry
from crackscope.training.memory import keep_freed_memory
from crackscope.training.metrics_log import MetricsLog
from crackscope.training.precision import computes_in_bf16
from crackscope.training.recipe import Recipe, read_recipe, recipe_document, write_recipe
from crackscope.training.run_files import BEST, DATA, LAST, RECIPE, SPLIT, VERSIONS, write_json
from crackscope.training.run_folder import RunFolder
from crackscope.training.samples import set_names, split_samples, validation_samples
from crackscope.training.segmentation_task import SegmentationTask
from crackscope.training.validation_pictures import ValidationPictures
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
        If the run folder is already in use, cannot be written, was made with another recipe, or the data do
        not fit.
    """
    _check_folder(run_folder, recipe, resume=resume)
    _quieten()
    keep_freed_memory()
    if threads is not None:
        torch.set_num_threads(threads)
    split = split_samples(find_samples(data_folders), recipe)
    in_bf16 = computes_in_bf16(recipe.precision)
    if resume:
        _check_same_split(split, run_folder)
        ancestry = _resumed_ancestry(RunFolder.open(run_folder), in_bf16=in_bf16)
    else:
        ancestry = find_ancestry(recipe, split)
    pl.seed_everything(recipe.seed, workers=True, verbose=False)
    steps_per_epoch = max(1, recipe.crops_per_epoch // recipe.batch_size)
    task = SegmentationTask(
        recipe,
        steps=recipe.epochs * steps_per_epoch,
        validation_sets=set_names(validation_samples(split, recipe)),
    )
    if not resume:
        begin(task.network, recipe)
        _make_folder(run_folder)
        write_manifest(split, run_folder / SPLIT)
        write_recipe(recipe, run_folder / RECIPE)
    write_json(run_folder / VERSIONS, environment())
    write_json(
        run_folder / DATA,
        {
            "folders": [str(Path(folder).resolve()) for folder in data_folders],
            "pictures": {part: count_by_set(samples) for part, samples in split.parts()},
            "precision": "bf16" if in_bf16 else "fp32",
            "ancestry": ancestry.to_document(),
        },
    )
    data = CrackData(
        split,
        recipe,
        cache_folder=cache_folder or run_folder / "cache",
        workers=workers,
        teacher_sha256=ancestry.teacher_sha256,
        in_bf16=in_bf16,
        watch=watch,
    )
    checkpoints = run_folder / LAST.parent
    last = ModelCheckpoint(
        dirpath=checkpoints,
        filename=LAST.stem,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    best = ModelCheckpoint(
        dirpath=checkpoints,
        filename=BEST.stem,
        monitor="validation_f1_best_threshold",
        mode="max",
        save_on_train_epoch_end=False,
        enable_version_counter=False,
    )
    callbacks: list[Callback] = [
        ValidationPictures(run_folder / "validation", data.validation_cache),
        AveragedWeights(recipe.optimiser.average_decay),
        MetricsLog(run_folder),
        best,
        last,
    ]
    trainer = pl.Trainer(
        max_epochs=recipe.epochs,
        accelerator="auto",
        devices=1,
        precision="bf16-mixed" if in_bf16 else "32-true",
        check_val_every_n_epoch=math.gcd(recipe.validate_every, recipe.epochs),  # the last epoch is validated
        reload_dataloaders_every_n_epochs=1,
        gradient_clip_val=recipe.optimiser.gradient_clip or None,
        callbacks=callbacks,
        logger=False,
        enable_progress_bar=progress,
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
        before = read_recipe(str(run_folder / RECIPE))
        if recipe_document(before) != recipe_document(recipe):
            raise RecipeError(
                f"{run_folder}: was begun with another recipe; resume with its recipe.yaml, unchanged."
            )
        return
    if last.exists():
        raise CrackscopeError(f"{run_folder}: already holds a run; give --resume or another folder.")


def _make_folder(run_folder: Path) -> None:
    try:
        run_folder.mkdir(parents=True, exist_ok=True)
        probe = run_folder / f".write-test-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CrackscopeError(
            f"{run_folder}: cannot be written ({error.strerror}); choose another folder."
        ) from error


def _quieten() -> None:
    """Drop the library's hints that do not concern a user of recipes."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    for about in (".*does not have many workers.*", ".*LeafSpec.*", ".*smaller than the logging interval.*"):
        warnings.filterwarnings("ignore", about)
