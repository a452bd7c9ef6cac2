"""Crops drawn for the losses."""

from collections.abc import Callable

import pytest
import torch

SIZE_PX = 32


@pytest.fixture
def line() -> Callable[[slice], torch.Tensor]:
    """Make a crop, 32×32, with a horizontal crack 24 px long over the given rows."""

    def draw(rows: slice) -> torch.Tensor:
        truth = torch.zeros(1, 1, SIZE_PX, SIZE_PX)
        truth[:, :, rows, 4:28] = 1
        return truth

    return draw


@pytest.fixture
def ones() -> torch.Tensor:
    """Weights of 1 for such a crop."""
    return torch.ones(1, 1, SIZE_PX, SIZE_PX)


@pytest.fixture
def sure() -> Callable[[torch.Tensor], torch.Tensor]:
    """Turn a mask into the logits of a prediction that is sure of it."""
    return lambda mask: (2 * mask - 1) * 30.0


@pytest.fixture
def random_logits() -> torch.Tensor:
    """Logits for such a crop, of mean 0 and deviation 3."""
    return 3 * torch.randn(1, 1, SIZE_PX, SIZE_PX, generator=torch.Generator().manual_seed(1))
