"""``crackscope train``: a recipe and pictures in, a run folder out."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crackscope.cli import exit_status
from crackscope.cli.options import data_option, threads_option, workers_option
from crackscope.cli.progress import picture_bar
from crackscope.cli.table import text_table

if TYPE_CHECKING:
    from crackscope.evaluation.frozen_run import FrozenRun
    from crackscope.training.recipe import Recipe

HELP = """Train a model as RECIPE says: the name of a shipped recipe, or a YAML file.

The run folder receives checkpoints, metrics.csv, curves.png, validation pictures with truth and prediction
side by side, the frozen recipe, the split, package versions and, at the end, the threshold chosen on the
validation pictures. A run that was killed goes on with --resume. Trackers get the same figures, pictures and
files.

\b
Examples:
  crackscope train segment-light --data sets/deepcrack_train --data sets/walls
  crackscope train my.yaml --data sets --set epochs=20 --set optimiser.learning_rate=0.001
  crackscope train runs/walls/recipe.yaml --data sets --out runs/walls --resume
  crackscope train segment-light --data sets --tracker tensorboard --tracker mlflow
  crackscope train my.yaml --data sets --find-rate
"""


@click.command("train", help=HELP)
@click.argument("recipe")
@data_option(required=True)
@click.option("--set", "changes", metavar="KEY=VALUE", multiple=True, help="Change a key of the recipe.")
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), help="Run folder; runs/RECIPE by default."
)
@click.option("--resume", is_flag=True, help="Go on from the run's last checkpoint.")
@threads_option(of="network")
@workers_option
@click.option(
    "--cache",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="For decoded pictures; inside the run by default.",
)
@click.option(
    "--tracker",
    "trackers",
    metavar="NAME",
    multiple=True,
    help="Record the run there too: csv (always), tensorboard, mlflow, comet. May be given several times.",
)
@click.option(
    "--devices",
    metavar="N",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Train on so many GPUs, or in so many processes without one.",
)
@click.option(
    "--nodes",
    metavar="N",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Machines that train together, each started with torchrun or a scheduler.",
)
@click.option(
    "--find-rate",
    is_flag=True,
    help="Train nothing: suggest a learning rate, and draw the search into the run folder.",
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
    trackers: tuple[str, ...],
    devices: int,
    nodes: int,
    find_rate: bool,
    as_json: bool,
) -> int:
    """Train, then freeze what validation decides."""
    from crackscope.training.recipe import read_recipe
    from crackscope.training.tracking import open_trackers

    chosen = read_recipe(recipe, changes=changes)  # a mistake there is told before PyTorch is imported
    open_trackers(trackers)  # so is one in their names, or a package that is missing
    run_folder = out or Path("runs") / chosen.name
    if find_rate:
        return _find_rate(chosen, folders, run_folder, cache=cache, workers=workers, as_json=as_json)
    from crackscope.training.distributed import is_first_process
    from crackscope.training.run import train
    from crackscope.training.run_folder import RunFolder
    from crackscope.training.tracking import tracking
    from crackscope.training.tracking.callback import TrackingCallback

    with tracking(trackers if is_first_process() else (), run_folder=run_folder) as opened:
        best = train(
            chosen,
            folders,
            run_folder,
            resume=resume,
            cache_folder=cache,
            workers=workers,
            threads=threads,
            devices=devices,
            nodes=nodes,
            callbacks=[TrackingCallback(opened, run_folder)],
            progress=sys.stderr.isatty(),
            watch=picture_bar,
        )
        if not is_first_process():
            return exit_status.ALL_DONE
        from crackscope.evaluation.frozen_run import freeze_run

        frozen = freeze_run(
            RunFolder.open(run_folder), best, watch=partial(picture_bar, "choosing the threshold")
        )
    click.echo(
        json.dumps(_document(run_folder, best, frozen)) if as_json else _text(run_folder, best, frozen)
    )
    return exit_status.ALL_DONE


def _find_rate(
    recipe: Recipe,
    folders: tuple[Path, ...],
    run_folder: Path,
    *,
    cache: Path | None,
    workers: int,
    as_json: bool,
) -> int:
    from crackscope.training.rate_finder import draw_rate_search, find_learning_rate
    from crackscope.training.run import make_folder

    make_folder(run_folder)
    picture = run_folder / "learning-rate.png"
    search = find_learning_rate(
        recipe, folders, cache_folder=cache or run_folder / "cache", workers=workers, watch=picture_bar
    )
    draw_rate_search(search, picture)
    if as_json:
        document = {"rates": search.rates, "losses": search.losses, "suggestion": search.suggestion}
        click.echo(json.dumps(document))
    else:
        click.echo(
            f"the loss falls fastest at {search.suggestion:.2g} (the recipe has"
            f" {recipe.optimiser.learning_rate:.2g}; drawn in {picture})\n"
            f"next: crackscope train … --set optimiser.learning_rate={search.suggestion:.2g}"
        )
    return exit_status.ALL_DONE


def _document(run_folder: Path, best: Path, frozen: FrozenRun) -> dict[str, Any]:
    return {"run": str(run_folder), "checkpoint": str(best), "frozen": dict(frozen.document)}


def _text(run_folder: Path, best: Path, frozen: FrozenRun) -> str:
    table = text_table(frozen.header, frozen.rows, right=frozen.header[1:])
    return "\n".join(
        (
            f"{table}\n",
            *frozen.notes,
            f"checkpoint {best}",
            f"next: crackscope export {run_folder} --precision int8",
        )
    )
