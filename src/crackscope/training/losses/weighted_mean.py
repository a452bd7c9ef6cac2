"""The mean over weighted pixels."""

from __future__ import annotations

from torch import Tensor

_LEAST_TOTAL = 1e-6


def weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Average values by their weights; 0 where all weights are 0.

    Parameters
    ----------
    values, weight : float32 tensors of one shape

    Returns
    -------
    float32 tensor, scalar
    """
    return (values * weight).sum() / weight.sum().clamp_min(_LEAST_TOTAL)
