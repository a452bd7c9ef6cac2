"""Several processes that train one network together."""

from __future__ import annotations

import torch
from lightning.pytorch.strategies import DDPStrategy, Strategy
from lightning.pytorch.utilities import rank_zero_only

from crackscope.training.recipe import Recipe


def is_first_process() -> bool:
    """Say whether this process is the one that writes files and talks; the only one, where there is one."""
    return int(getattr(rank_zero_only, "rank", 0) or 0) == 0


def strategy_for(processes: int, recipe: Recipe) -> Strategy | str:
    """Choose how gradients come together.

    Parameters
    ----------
    processes : int
        In all, over all machines.
    recipe : Recipe

    Returns
    -------
    Strategy or str
        As Lightning's Trainer takes it. Each process is this program started again with the same arguments,
        unless ``torchrun`` or a cluster's scheduler has started them all.
    """
    if processes == 1:
        return "auto"
    return DDPStrategy(
        process_group_backend="nccl" if torch.cuda.is_available() else "gloo",
        find_unused_parameters=recipe.optimiser.frozen_encoder_epochs > 0,
    )
