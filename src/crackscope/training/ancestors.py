"""What a run builds on: weights it starts from, a teacher, and the photos that those learnt from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from crackscope.datasets.manifest import read_split_csv
from crackscope.datasets.split import Split
from crackscope.engine.model_file import ModelFile
from crackscope.errors import RecipeError
from crackscope.models.encoder_state import UnfitStateError, fill_decoder, fill_encoder, without_parts
from crackscope.models.registry import build
from crackscope.training.checkpoint import find_checkpoint, load_network
from crackscope.training.encoder_weights import load_encoder_weights
from crackscope.training.lineage import Ancestry, Learnt, is_model_file, merge_lineages
from crackscope.training.recipe import Recipe, recipe_document
from crackscope.training.run_files import SPLIT
from crackscope.training.run_folder import RunFolder, run_of
from crackscope.training.teacher import teacher_sha256


def find_ancestry(recipe: Recipe, split: Split) -> Ancestry:
    """Look up what a recipe builds on, and refuse what learnt from a photo that the run holds out.

    Raises
    ------
    CrackscopeError
        If an ancestor is not there, is no run, or learnt, itself or by way of its own ancestors, from a photo
        of the validation or test part.
    """
    held_out = {sample.source for sample in (*split.validation, *split.test)}
    lineages: list[tuple[Learnt, ...]] = []
    sources: set[str] = set()
    for key, path in _ancestors(recipe):
        if is_model_file(path):
            lineages.append(_lineage_of_model_file(key, path, recipe, split))
            continue
        run = _run_at(key, path)
        own = {source for part, source in read_split_csv(run.path / SPLIT) if part == "train"}
        own |= run.ancestry.inherited_sources
        if both := sorted(held_out & own):
            raise RecipeError(
                f"{key}: {path} learnt from {both[0]}, which this run validates or tests on;"
                " use the same seed, shares and data."
            )
        lineages.append(run.lineage())
        sources |= own
    sha256 = teacher_sha256(Path(recipe.teacher.run)) if recipe.teacher else None
    return Ancestry(merge_lineages(*lineages), frozenset(sources), sha256)


def _lineage_of_model_file(key: str, path: Path, recipe: Recipe, split: Split) -> tuple[Learnt, ...]:
    """Look up what a model file learnt from; of a set that both know, it must have held out the same."""
    if key != "teacher.run":
        raise RecipeError(
            f"{key}: {path} is a model file, which can teach but not go on learning; give a run."
        )
    card = ModelFile.open(path).card
    learnt = tuple(Learnt(each.name, each.pictures, each.terms) for each in card.training_sets)
    held_out = {sample.set_name for sample in (*split.validation, *split.test)}
    shared = sorted(held_out & {each.name for each in learnt})
    if shared and (theirs := _split_settings(card.recipe, shared)) != (
        own := _split_settings(recipe_document(recipe), shared)
    ):
        raise RecipeError(
            f"{key}: {path} learnt from {shared[0]}, of which this run validates or tests on other photos"
            f" (seed, shares: {theirs}, here {own}); use the same seed and shares, or give its run folder."
        )
    return learnt


def _split_settings(recipe: Mapping[str, Any], sets: Sequence[str]) -> tuple[object, ...]:
    """Take from a recipe's document what decides which photos of some sets are held out."""
    data = recipe.get("data") or {}
    own = data.get("sets") or {}
    tests = tuple((own.get(name) or {}).get("test_share", 0.0) for name in sets)
    return (recipe.get("seed"), data.get("validation_share"), *tests)


def _run_at(key: str, path: Path) -> RunFolder:
    if not path.exists():
        raise RecipeError(
            f"{key}: {path} does not exist; name a run folder with --set {key}=DIR, or do without:"
            f" --set {key.removesuffix('.run')}=null."
        )
    run = run_of(path)
    if run is None:
        raise RecipeError(
            f"{key}: {path} is no run folder and lies in none; give a run folder, for it says what the run"
            " learnt from."
        )
    return RunFolder.open(run)


def begin(network: nn.Module, recipe: Recipe) -> None:
    """Give a fresh network the weights that its recipe says it starts from.

    Raises
    ------
    CrackscopeError
        If they cannot be read, or are of another architecture.
    """
    own = recipe.model
    if own.start_from:
        _start_from(network, Path(own.start_from))
    elif own.encoder_from:
        _encoder_from(network, Path(own.encoder_from))
    elif own.pretrained:
        fetched = build(recipe.task, own.name, own.options, pretrained=own.pretrained)
        network.load_state_dict(fetched.state_dict())
    elif weights := own.encoder_weights:
        load_encoder_weights(
            network, Path(weights.file), mean=weights.mean, std=weights.std, partial=weights.partial
        )


def _ancestors(recipe: Recipe) -> list[tuple[str, Path]]:
    named = (
        ("model.start_from", recipe.model.start_from),
        ("model.encoder_from", recipe.model.encoder_from),
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


def _encoder_from(network: nn.Module, path: Path) -> None:
    """Take the encoder of a run of another network, and of its decoder whatever fits."""
    other, recipe = load_network(find_checkpoint(path))
    state = other.state_dict()
    try:
        fill_encoder(network, {**state, **without_parts(other, state)})
    except UnfitStateError as error:
        raise RecipeError(
            f"model.encoder_from: {path} ({recipe.model.name}) has another encoder: it lacks {error.unfit} of"
            f" {error.needed} weights, first {error.first}; give a run of a network with the same encoder."
        ) from error
    fill_decoder(network, state)
