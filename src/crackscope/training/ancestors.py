"""What a run builds on: weights it starts from, a teacher, and the photos that those learnt from."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from crackscope.datasets.split import Split, read_split_csv
from crackscope.errors import RecipeError
from crackscope.training.checkpoint import find_checkpoint, load_network
from crackscope.training.encoder_weights import load_encoder_weights
from crackscope.training.lineage import Learnt, merge_lineages
from crackscope.training.recipe import Recipe
from crackscope.training.run_files import SPLIT
from crackscope.training.run_folder import RunFolder, run_of


def check_ancestors(recipe: Recipe, split: Split) -> None:
    """Refuse to build on what is not there, or on a run that learnt from a photo that this one holds out.

    Raises
    ------
    RecipeError
    """
    for key, path in _ancestors(recipe):
        if not path.exists():
            raise RecipeError(f"{key}: {path} does not exist; give a run folder or a checkpoint.")
        run = run_of(path)
        if run is None:
            continue
        held_out = {sample.source for sample in (*split.validation, *split.test)}
        taught = {source for part, source in read_split_csv(run / SPLIT) if part == "train"}
        if both := sorted(held_out & taught):
            raise RecipeError(
                f"{key}: {path} learnt from {both[0]}, which this run validates or tests on;"
                " use the same seed, shares and data."
            )


def inherited(recipe: Recipe) -> tuple[Learnt, ...]:
    """List what the runs that a recipe builds on had learnt from."""
    runs = [run_of(path) for _, path in _ancestors(recipe)]
    return merge_lineages(*(RunFolder.open(run).lineage() for run in runs if run is not None))


def begin(network: nn.Module, recipe: Recipe) -> None:
    """Give a fresh network the weights that its recipe says it starts from.

    Raises
    ------
    CrackscopeError
        If they cannot be read, or are of another architecture.
    """
    if recipe.model.start_from:
        _start_from(network, Path(recipe.model.start_from))
    elif weights := recipe.model.encoder_weights:
        load_encoder_weights(network, Path(weights.file), mean=weights.mean, std=weights.std)


def _ancestors(recipe: Recipe) -> list[tuple[str, Path]]:
    named = (
        ("model.start_from", recipe.model.start_from),
        ("teacher.run", recipe.teacher.run if recipe.teacher else None),
    )
    return [(key, Path(path)) for key, path in named if path is not None]


def _start_from(network: nn.Module, path: Path) -> None:
    other, recipe = load_network(find_checkpoint(path))
    try:
        network.load_state_dict(other.state_dict())
    except RuntimeError as error:
        raise RecipeError(
            f"model.start_from: {path} holds another architecture ({recipe.model.name}, or other options);"
            " start from a run of the same model."
        ) from error
