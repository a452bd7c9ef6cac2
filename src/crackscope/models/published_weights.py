"""Weights that libraries publish, fetched by the libraries themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from crackscope.errors import RecipeError
from crackscope.models.encoder_state import fill_encoder
from crackscope.models.input_folding import fold_normalisation


@contextmanager
def fetching(name: str) -> Iterator[None]:
    """Turn whatever a library raises while it fetches the weights of model `name` into one sentence.

    Nothing but the library's loader belongs inside: every error there is taken for one of the hub's.

    Raises
    ------
    RecipeError
        If the weights cannot be fetched.
    """
    try:
        yield
    except Exception as error:  # each hub client has its own errors: of sockets, of HTTP, of wrong hashes
        raise RecipeError(
            f"model {name}: its published weights cannot be fetched ({type(error).__name__}); check the"
            " connection, name a file of your own with model.encoder_weights=FILE, or start without:"
            " model.pretrained=null."
        ) from error


def start_from_torchvision(network: nn.Module, published: Any, *, name: str) -> None:  # noqa: ANN401
    """Start a network's encoder from weights that torchvision publishes.

    The file is checked against its hash, and nothing in it is run. The normalisation that the weights learnt
    with is folded into the first layers.

    Parameters
    ----------
    network : torch.nn.Module
        Its `encoder_parts` hold torchvision's modules; changed in place.
    published : torchvision.models.WeightsEnum
    name : str
        Of the model, for the error.

    Raises
    ------
    RecipeError
        If they cannot be fetched.
    """
    with fetching(name):
        state = torch.hub.load_state_dict_from_url(
            published.url,
            map_location="cpu",
            progress=sys.stderr.isatty(),
            check_hash=True,
            weights_only=True,
        )
    fill_encoder(network, state)
    learnt_with = published.transforms()
    fold_normalisation(network, mean=learnt_with.mean, std=learnt_with.std)
