"""Files of weights, read as tensors and plain values only."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch


class NotWeightsError(ValueError):
    """A file that holds no weights, is damaged, or would run code."""


def read_weights(path: Path) -> Any:  # noqa: ANN401 - what was saved
    """Read what PyTorch saved; nothing in the file is run.

    Raises
    ------
    FileNotFoundError
    NotWeightsError
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except (
        OSError,
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        raise NotWeightsError(str(path)) from error
