"""Start a network's encoder from weights that were learnt on other pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor, nn

from crackscope.errors import RecipeError
from crackscope.models.encoder_state import UnfitStateError, fill_encoder
from crackscope.models.input_folding import MEAN, STD, NotFoldableError, fold_normalisation
from crackscope.training.weights_file import NotWeightsError, read_weights


def load_encoder_weights(
    network: nn.Module,
    path: Path,
    *,
    mean: Sequence[float],
    std: Sequence[float],
    partial: bool = False,
) -> tuple[str, ...]:
    """Load a state dict's tensors into a network's encoder.

    Only tensors are read: a file that would run code is refused. What the file holds beyond the encoder, a
    classifier's last layer for example, is left out; half-precision weights are widened.

    Parameters
    ----------
    network : torch.nn.Module
        Its `encoder_parts` name the modules that make up its encoder.
    path : Path
        A state dict under the network's own names, or under those of the library that its encoder comes from:
        for ``mobile`` and ``unet-mobilenetv2`` those of torchvision's ``mobilenet_v2``.
    mean, std : sequence of 3 floats
        Normalisation that the weights were trained with, of colours in 0…1. It is folded into the first
        layers, so that the network takes its own normalisation as every other does.
    partial : bool
        Let what the file lacks keep its fresh values, as long as it holds half of the encoder's weights.

    Returns
    -------
    tuple of str
        Names of the encoder's weights that kept their fresh values; empty unless `partial`.

    Raises
    ------
    RecipeError
        If the file cannot be read, lacks a weight of the encoder (with `partial`: more than half of them) or
        holds one of another shape, or the network cannot take up the normalisation.
    """
    try:
        fresh = fill_encoder(network, _read(path), partial=partial)
    except UnfitStateError as error:
        most_are_there = not partial and 2 * error.unfit <= error.needed
        remedy = ", or let the rest start fresh with model.encoder_weights.partial=true"
        raise RecipeError(
            f"{path}: lacks {error.unfit} of the {error.needed} weights of this architecture's encoder, first"
            f" {error.first}; give weights of the same architecture{remedy if most_are_there else ''}."
        ) from error
    try:
        fold_normalisation(network, mean=mean, std=std)
    except NotFoldableError as error:
        raise RecipeError(
            f"{path}: this architecture takes no weights learnt under another normalisation ({error}); give"
            f" weights learnt with mean {MEAN[0]} and std {STD[0]}, or start without."
        ) from error
    return fresh


def _read(path: Path) -> dict[str, Tensor]:
    try:
        content = read_weights(path)
    except FileNotFoundError as error:
        raise RecipeError(
            f"{path}: does not exist; name the file with --set model.encoder_weights=FILE, or start without:"
            " --set model.encoder_weights=null."
        ) from error
    except NotWeightsError as error:
        raise RecipeError(f"{path}: holds no weights; give a state dict saved by PyTorch.") from error
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        raise RecipeError(f"{path}: holds no weights; give a state dict saved by PyTorch.")
    return content
