"""Read what a run left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from torch import nn

from crackscope.errors import CrackscopeError
from crackscope.imaging.arrays import ProbabilityMap, RgbPixels
from crackscope.models.layers import as_channels_last
from crackscope.models.registry import build
from crackscope.training.prediction import predict_picture
from crackscope.training.recipe import Recipe, parse_recipe
from crackscope.training.run_files import BEST, LAST
from crackscope.training.run_folder import RunFolder
from crackscope.training.weights_file import NotWeightsError, read_weights


def find_checkpoint(run_or_file: Path) -> Path:
    """Find a run folder's best checkpoint, else its last; a checkpoint file is returned as it is.

    Raises
    ------
    CrackscopeError
        If there is none.
    """
    if run_or_file.is_file():
        return run_or_file
    for path in (BEST, LAST):
        if (run_or_file / path).is_file():
            return run_or_file / path
    raise CrackscopeError(
        f"{run_or_file}: holds no checkpoint; give the folder of a finished or running training."
    )


def frozen_checkpoint(run: RunFolder) -> Path:
    """Find the checkpoint that a run's threshold was frozen for, else its best.

    Raises
    ------
    CrackscopeError
        If it is not there.
    """
    name = (run.frozen or {}).get("checkpoint")
    if name is None:
        return find_checkpoint(run.path)
    path = run.path / LAST.parent / Path(str(name)).name
    if not path.is_file():
        raise CrackscopeError(f"{path}: is missing, and the run's threshold was chosen for it; train again.")
    return path


def load_network(checkpoint: Path) -> tuple[nn.Module, Recipe]:
    """Load a checkpoint's network, in evaluation mode, and the recipe it was trained with.

    Only tensors and plain values are read: a checkpoint that would run code is refused.

    Parameters
    ----------
    checkpoint : Path

    Returns
    -------
    network : torch.nn.Module
    recipe : Recipe

    Raises
    ------
    CrackscopeError
        If the file is no checkpoint of crackscope.
    """
    try:
        content = read_weights(checkpoint)
        recipe = parse_recipe(content["hyper_parameters"]["recipe"], source=str(checkpoint))
        weights = content["state_dict"]
    except (FileNotFoundError, NotWeightsError, LookupError, TypeError) as error:
        raise CrackscopeError(
            f"{checkpoint}: is no checkpoint of crackscope; give one that training wrote."
        ) from error
    network = build(recipe.task, recipe.model.name, recipe.model.options)
    own = {
        name.removeprefix("network."): value for name, value in weights.items() if name.startswith("network.")
    }
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise CrackscopeError(
            f"{checkpoint}: its weights do not fit the architecture {recipe.model.name}; train again."
        ) from error
    return network.eval(), recipe


def load_checkpoint_predictor(run_or_file: Path) -> Callable[[RgbPixels], ProbabilityMap]:
    """Make a function from picture to probability map out of a run folder or checkpoint.

    Raises
    ------
    CrackscopeError
        If there is no checkpoint or it cannot be read.
    """
    network, _ = load_network(find_checkpoint(Path(run_or_file)))
    network = as_channels_last(network)
    return lambda pixels: predict_picture(network, pixels)
