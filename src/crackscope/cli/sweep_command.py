"""``crackscope sweep``: train a recipe again and again with varied values, and find the best of them."""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crackscope.cli import exit_status
from crackscope.cli.options import data_option, threads_option, workers_option
from crackscope.cli.progress import picture_bar
from crackscope.cli.sweep_summary import begin_line, end_line, summary
from crackscope.errors import CrackscopeError

if TYPE_CHECKING:
    from crackscope.training.sweep.settings import SweepSettings
    from crackscope.training.sweep.trial import Trial

HELP = """Search for values of RECIPE that train a better model: N trainings, each with values of its own.

The first ten trials draw values at random, later ones near the best so far. A space is a list of choices, a
range of numbers, or orders of magnitude (see below). Every trial is an ordinary run folder in --out, beside
best.yaml, the best recipe, and sweep.html, a page with all trials. A sweep that was stopped goes on with
--resume, which needs nothing else but --out; started a second time beside the first, it helps it.

\b
Examples:
  crackscope sweep segment-light --data sets --out sweeps/light --trials 20 --epochs 12 \\
      --vary optimiser.learning_rate=log:1e-4..1e-2 --vary batch_size=8,16,32
  crackscope sweep my.yaml --data sets --out sweeps/mine --trials 30 --hours 10 --prune \\
      --vary data.crop_px=range:128..320:32 --vary "data.scale_range=[0.5, 2.0],[0.8, 1.25]"
  crackscope sweep --out sweeps/light --resume
"""


@dataclasses.dataclass(frozen=True, slots=True)
class _Given:
    """What of a sweep's settings the command line names; a resumed sweep knows the rest."""

    recipe: str | None
    changes: tuple[str, ...]
    folders: tuple[Path, ...]
    varied: tuple[str, ...]
    space: Path | None
    trials: int | None
    seed: int | None
    prune: bool | None


@click.command("sweep", help=HELP)
@click.argument("recipe", required=False)
@data_option(required=False)
@click.option(
    "--out",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the sweep.",
)
@click.option(
    "--trials", metavar="N", type=click.IntRange(min=1), help="How many trials there shall be in all."
)
@click.option(
    "--vary",
    "varied",
    metavar="KEY=SPACE",
    multiple=True,
    help="A key of the recipe, and 8,16,32 or range:LOW..HIGH[:STEP] or log:LOW..HIGH.",
)
@click.option(
    "--space",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML file of keys and their spaces.",
)
@click.option("--set", "changes", metavar="KEY=VALUE", multiple=True, help="Change a key for all trials.")
@click.option("--epochs", metavar="N", type=click.IntRange(min=1), help="Train each trial so long.")
@click.option("--seed", metavar="N", type=click.IntRange(min=0), help="Of the proposals; 0 by default.")
@click.option(
    "--prune/--no-prune",
    default=None,
    help="After a third of its epochs, stop a trial that does worse than half of the others.",
)
@click.option(
    "--resume", is_flag=True, help="Go on with the sweep in --out, or help another process with it."
)
@click.option(
    "--hours",
    metavar="H",
    type=click.FloatRange(min=0, min_open=True),
    help="Begin no trial after so long.",
)
@threads_option(of="network")
@workers_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
def command(
    *,
    recipe: str | None,
    folders: tuple[Path, ...],
    out: Path,
    trials: int | None,
    varied: tuple[str, ...],
    space: Path | None,
    changes: tuple[str, ...],
    epochs: int | None,
    seed: int | None,
    prune: bool | None,
    resume: bool,
    hours: float | None,
    threads: int | None,
    workers: int,
    as_json: bool,
) -> int:
    """Settle what is swept, sweep, and show."""
    changes = (*changes, *([] if epochs is None else [f"epochs={epochs}"]))
    given = _Given(recipe, changes, folders, varied, space, trials, seed, prune)
    settings = _resumed(given, out) if resume else _new(given, out)
    from crackscope.training.sweep.sweep import sweep
    from crackscope.training.sweep.trial_run import Training

    training = Training(
        workers=workers, threads=threads, progress=sys.stderr.isatty(), watch=picture_bar, after=_freeze
    )
    try:
        outcome = sweep(settings, out, hours=hours, training=training, begins=_say_begin, ended=_say_end)
    except KeyboardInterrupt:
        click.echo(
            f"Stopped; go on with: {shlex.join(['crackscope', 'sweep', '--out', str(out), '--resume'])}",
            err=True,
        )
        raise
    click.echo(json.dumps(outcome.to_document()) if as_json else summary(outcome, settings))
    failed = any(trial.state == "failed" for trial in outcome.trials)
    if outcome.best is None and failed:
        return exit_status.NOTHING_DONE
    return exit_status.SOME_FAILED if failed else exit_status.ALL_DONE


def _new(given: _Given, out: Path) -> SweepSettings:
    """Settle a new sweep from what is given, and see that it fits before anything large is loaded."""
    from crackscope.training.recipe import read_recipe
    from crackscope.training.sweep.settings import SETTINGS_FILE, SweepSettings, fingerprint_of
    from crackscope.training.sweep.space import read_spaces

    for name, value in (("RECIPE", given.recipe), ("--data", given.folders), ("--trials", given.trials)):
        if not value:
            raise click.UsageError(
                f"missing {name}; only --resume does without.", click.get_current_context()
            )
    if (out / SETTINGS_FILE).exists():
        raise CrackscopeError(f"{out}: already holds a sweep; go on with --resume, or choose another folder.")
    assert given.recipe is not None
    chosen = read_recipe(given.recipe, changes=given.changes)
    folders = tuple(folder.resolve() for folder in given.folders)
    settings = SweepSettings(
        recipe=chosen,
        space=read_spaces(given.varied, file=given.space),
        data_folders=folders,
        pictures="",
        seed=given.seed or 0,
        prune=bool(given.prune),
        trials=given.trials or 1,
    )
    settings.check_space()
    _check_not_set_too(given, settings)
    return dataclasses.replace(settings, pictures=fingerprint_of(folders, chosen))


def _resumed(given: _Given, out: Path) -> SweepSettings:
    """Take the settings of the sweep in a folder; what is given has to agree, except for --trials."""
    from crackscope.training.recipe import read_recipe
    from crackscope.training.sweep.settings import SweepSettings, fingerprint_of
    from crackscope.training.sweep.space import read_spaces

    begun = SweepSettings.read(out)
    if given.changes and given.recipe is None:
        raise CrackscopeError(
            f"{out}: --set and --epochs change a recipe; give RECIPE, too, or leave them out."
        )
    settings = dataclasses.replace(
        begun,
        recipe=begun.recipe if given.recipe is None else read_recipe(given.recipe, changes=given.changes),
        space=read_spaces(given.varied, file=given.space) if given.varied or given.space else begun.space,
        data_folders=tuple(folder.resolve() for folder in given.folders) or begun.data_folders,
        seed=begun.seed if given.seed is None else given.seed,
        prune=begun.prune if given.prune is None else given.prune,
        trials=given.trials or begun.trials,
    )
    settings.require_same(begun, out)
    settings = dataclasses.replace(settings, pictures=fingerprint_of(begun.data_folders, begun.recipe))
    settings.require_same(begun, out)
    return settings


def _check_not_set_too(given: _Given, settings: SweepSettings) -> None:
    for change in given.changes:
        key = change.partition("=")[0]
        for varied in settings.space:
            if f"{key}.".startswith(f"{varied}.") or f"{varied}.".startswith(f"{key}."):
                raise CrackscopeError(f"--set {change}: {varied} is varied; leave out one of them.")


def _freeze(run: Path, checkpoint: Path) -> None:
    """Choose threshold and crack filter as after any training, so that a trial is a run like any other."""
    from crackscope.evaluation.frozen_run import freeze_run
    from crackscope.training.run_folder import RunFolder

    freeze_run(RunFolder.open(run), checkpoint, watch=partial(picture_bar, "choosing the threshold"))


def _say_begin(trial: Trial) -> None:
    click.echo(begin_line(trial), err=True)


def _say_end(trial: Trial) -> None:
    click.echo(end_line(trial), err=True)
