"""``crackscope train``: a recipe and pictures in, a run folder out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crackscope.cli import exit_status
from crackscope.cli.options import data_option
from crackscope.cli.progress import ProgressBar
from crackscope.cli.table import text_table

if TYPE_CHECKING:
    from crackscope.datasets import Sample
    from crackscope.evaluation import Frozen
    from crackscope.training.run_folder import RunFolder

FEW_PICTURES = 10
"""Fewer validation pictures than this, with cracks or without, choose a threshold or filter by chance."""

HELP = """Train a model as RECIPE says: the name of a shipped recipe, or a YAML file.

The run folder receives checkpoints, metrics.csv, curves.png, validation pictures with truth and prediction
side by side, the frozen recipe, the split, package versions and, at the end, the threshold chosen on the
validation pictures. A run that was killed goes on with --resume.

\b
Examples:
  crackscope train segment-light --data sets/deepcrack_train --data sets/walls
  crackscope train my.yaml --data sets --set epochs=20 --set optimiser.learning_rate=0.001
  crackscope train runs/walls/recipe.yaml --data sets --out runs/walls --resume
"""


@click.command("train", help=HELP)
@click.argument("recipe")
@data_option(required=True)
@click.option("--set", "changes", metavar="KEY=VALUE", multiple=True, help="Change a key of the recipe.")
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), help="Run folder; runs/RECIPE by default."
)
@click.option("--resume", is_flag=True, help="Go on from the run's last checkpoint.")
@click.option("--threads", metavar="N", type=click.IntRange(min=1), help="Threads the network computes with.")
@click.option(
    "--workers",
    metavar="N",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Processes that draw crops.",
)
@click.option(
    "--cache",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="For decoded pictures; inside the run by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
def command(
    *,
    recipe: str,
    folders: tuple[Path, ...],
    changes: tuple[str, ...],
    out: Path | None,
    resume: bool,
    threads: int | None,
    workers: int,
    cache: Path | None,
    as_json: bool,
) -> int:
    """Train, then freeze what validation decides."""
    from crackscope.training.recipe import read_recipe

    chosen = read_recipe(recipe, changes=changes)  # a mistake there is told before PyTorch is imported
    from crackscope.training.run import train
    from crackscope.training.run_folder import RunFolder

    run_folder = out or Path("runs") / chosen.name
    best = train(
        chosen,
        folders,
        run_folder,
        resume=resume,
        cache_folder=cache,
        workers=workers,
        threads=threads,
        progress=sys.stderr.isatty(),
        watch=_watch,
    )
    run = RunFolder.open(run_folder)
    frozen = _freeze(run, best)
    click.echo(json.dumps(_document(run, best, frozen)) if as_json else _text(run, best, frozen))
    return exit_status.ALL_DONE


@contextmanager
def _watch(label: str, pictures: int) -> Iterator[Callable[[Sample], None]]:
    """Show a bar over the pictures that training prepares."""
    with ProgressBar(total=pictures, unit="picture", label=label) as bar:
        yield lambda _: bar.advance()


def _freeze(run: RunFolder, checkpoint: Path) -> Frozen:
    """Choose threshold, temperature and crack filter on the validation pictures whose masks show true
    widths.
    """
    from crackscope.evaluation import freeze
    from crackscope.training.checkpoint import load_checkpoint_predictor
    from crackscope.training.run_files import FROZEN, write_json
    from crackscope.training.samples import showing_true_widths

    validation = run.split().validation
    crack_free = [sample for sample in validation if sample.mask is None]
    samples = [*showing_true_widths(validation, run.recipe), *crack_free]
    with ProgressBar(total=3 * len(samples), unit="picture", label="choosing the threshold") as bar:
        frozen = freeze(
            load_checkpoint_predictor(checkpoint),
            samples,
            set_weights={name: own.weight_in_freezing for name, own in run.recipe.data.sets.items()},
            progress=lambda _: bar.advance(),
        )
    write_json(run.path / FROZEN, {"checkpoint": checkpoint.name, **frozen.to_document()})
    return frozen


def _document(run: RunFolder, best: Path, frozen: Frozen) -> dict[str, Any]:
    return {"run": str(run.path), "checkpoint": str(best), "frozen": frozen.to_document()}


def _text(run: RunFolder, best: Path, frozen: Frozen) -> str:
    rows = [[name, f"{f1:.3f}"] for name, f1 in sorted(frozen.f1_by_set.items())]
    rows.append(["mean, sets by their say", f"{frozen.mean_f1:.3f}"])
    table = text_table(["validation set", "F1"], rows, right=["F1"])
    few = (
        f"\nchosen on {frozen.pictures} pictures, {frozen.crack_free} of them crack-free: too few to rely on"
        " threshold and crack filter; add pictures of both kinds, or raise data.validation_share"
        if min(frozen.pictures - frozen.crack_free, frozen.crack_free) < FEW_PICTURES
        else ""
    )
    return (
        f"{table}\n\nthreshold {frozen.threshold:.3f}, temperature {frozen.temperature:.2f}{few}\n"
        f"checkpoint {best}\nnext: crackscope export {run.path} --precision int8"
    )
