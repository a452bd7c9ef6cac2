"""Classify pictures with a torch network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from crackscope.imaging.arrays import RgbPixels
from crackscope.training.normalisation import from_uint8, normalise

BATCH = 16


def predict_views(network: nn.Module, shown: Iterable[RgbPixels]) -> NDArray[np.float32]:
    """Classify views of one size.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode.
    shown : iterable of uint8 arrays, shape (S, S, 3)
        As `crackscope.imaging.views` makes them.

    Returns
    -------
    float32 array, shape (N,)
        Probability of crack.
    """
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
    found = []
    for batch in _batches(shown):
        with torch.inference_mode():
            logits = network(normalise(from_uint8(torch.from_numpy(batch).to(device)))).float()
            found.append(torch.sigmoid(logits[:, 0]).cpu().numpy())
    return np.concatenate(found) if found else np.empty(0, np.float32)


def _batches(shown: Iterable[RgbPixels]) -> Iterator[NDArray[np.uint8]]:
    remaining = iter(shown)
    while some := list(islice(remaining, BATCH)):
        yield np.stack(some)
