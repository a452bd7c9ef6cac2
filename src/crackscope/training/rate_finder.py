"""Find a learning rate: let it grow over a few batches, and see where the loss falls fastest.

Smith 2017, "Cyclical learning rates for training neural networks".
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import lightning.pytorch as pl
import numpy as np
from lightning.pytorch.tuner.tuning import Tuner
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from crackscope.errors import CrackscopeError
from crackscope.training.ancestors import begin, find_ancestry
from crackscope.training.precision import computes_in_bf16
from crackscope.training.recipe import Recipe
from crackscope.training.run import quieten
from crackscope.training.samples import find_split
from crackscope.training.tasks.kind import DataPlan
from crackscope.training.tasks.kinds import KINDS
from crackscope.training.watch import Watch, unwatched
from crackscope.whole_file import whole_file

SMALLEST, LARGEST = 1e-6, 0.3
BATCHES = 80
_FIRST_COUNTED = 8
"""The smoothed loss of fewer batches says little."""


@dataclass(frozen=True, slots=True)
class RateSearch:
    """What a search saw.

    Parameters
    ----------
    rates : tuple of float
        Rising.
    losses : tuple of float
        Smoothed, of the same batches.
    suggestion : float
        The rate at which the loss fell fastest.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float


def find_learning_rate(
    recipe: Recipe,
    data_folders: Sequence[Path],
    *,
    cache_folder: Path,
    workers: int = 0,
    batches: int = BATCHES,
    watch: Watch = unwatched,
) -> RateSearch:
    """Let a recipe's learning rate grow from `SMALLEST` to `LARGEST`, and suggest one.

    Parameters
    ----------
    recipe : Recipe
    data_folders : sequence of Path
        As `train` takes them.
    cache_folder : Path
        For decoded pictures.
    workers : int
        Processes that draw crops.
    batches : int
    watch : callable
        Told of the pictures that are prepared.

    Returns
    -------
    RateSearch

    Raises
    ------
    CrackscopeError
        If the data do not fit, or the loss says nothing.
    """
    quieten()
    split = find_split(data_folders, recipe)
    in_bf16 = computes_in_bf16(recipe.precision)
    ancestry = find_ancestry(recipe, split)
    pl.seed_everything(recipe.seed, workers=True, verbose=False)
    kind = KINDS[recipe.task]
    task = kind.module(recipe, split, batches)
    begin(task.network, recipe)
    with tempfile.TemporaryDirectory() as scratch:
        data, _ = kind.data(
            DataPlan(
                recipe=recipe,
                split=split,
                run_folder=Path(scratch),
                cache_folder=cache_folder,
                batches=batches,
                workers=workers,
                teacher_sha256=ancestry.teacher_sha256,
                in_bf16=in_bf16,
                on_device=False,
                watch=watch,
            )
        )
        trainer = pl.Trainer(
            max_epochs=1,
            devices=1,
            precision="bf16-mixed" if in_bf16 else "32-true",
            gradient_clip_val=recipe.optimiser.gradient_clip or None,
            limit_val_batches=0,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=scratch,
        )
        with redirect_stderr(StringIO()):  # the tuner draws a bar of its own, on a terminal or not
            found = Tuner(trainer).lr_find(
                task,
                datamodule=data,
                min_lr=SMALLEST,
                max_lr=LARGEST,
                num_training=batches,
                update_attr=False,
                attr_name="learning_rate",
            )
    assert found is not None, "only a fast development run finds nothing"
    rates, losses = tuple(map(float, found.results["lr"])), tuple(map(float, found.results["loss"]))
    return RateSearch(rates, losses, suggest(rates, losses))


def suggest(rates: Sequence[float], losses: Sequence[float]) -> float:
    """Choose the rate at which the loss falls fastest, by the logarithm of the rate.

    Parameters
    ----------
    rates, losses : sequence of float
        Of the same batches, rates rising.

    Returns
    -------
    float

    Raises
    ------
    CrackscopeError
        If the loss never falls.

    Examples
    --------
    >>> rates = [10.0 ** (step / 4 - 6) for step in range(20)]
    >>> round(suggest(rates, [1.0] * 12 + [0.9, 0.6, 0.3, 0.2, 0.2, 0.3, 0.6, 2.0]), 5)  # steepest there
    0.00178
    """
    counted = slice(_FIRST_COUNTED, None)
    enough = len(losses) > _FIRST_COUNTED + 1
    slopes = np.gradient(losses[counted], np.log(rates[counted])) if enough else np.zeros(1)
    slopes[~np.isfinite(slopes)] = 0.0
    if slopes.min() >= 0:
        raise CrackscopeError(
            "the loss never fell while the learning rate grew: no rate can be suggested; check the data, or"
            " give the search more batches."
        )
    return float(rates[counted][int(slopes.argmin())])


def draw_rate_search(search: RateSearch, path: Path) -> None:
    """Draw loss against learning rate, and the suggestion, as a PNG."""
    canvas = Figure(figsize=(6, 3.6), layout="constrained")
    FigureCanvasAgg(canvas)
    axes = canvas.subplots()
    axes.semilogx(search.rates, search.losses, color="#2f6fb0")
    axes.axvline(
        search.suggestion, color="#c4572d", linestyle="--", label=f"suggested: {search.suggestion:.2g}"
    )
    axes.set(xlabel="learning rate", ylabel="training loss, smoothed")
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    with whole_file(path) as temporary:
        canvas.savefig(temporary, dpi=120)
