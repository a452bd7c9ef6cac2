"""What the trainings of all tasks have in common: network, optimiser, schedule, a seed for every batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, cast

import lightning.pytorch as pl
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn

from crackscope.errors import CrackscopeError
from crackscope.models.layers import as_channels_last
from crackscope.models.registry import build
from crackscope.training.augmentation import PhotometricAugmentation
from crackscope.training.recipe import OptimiserRecipe, Recipe, recipe_document

Batch = dict[str, Tensor]


class CrackTask(pl.LightningModule):
    """Batches in, loss out; a task says how, and how its validation is judged.

    Parameters
    ----------
    recipe : Recipe
    steps : int
        Optimiser steps of the whole run, for the schedule.
    """

    monitor: ClassVar[str]
    """The figure of validation whose highest value is the best."""
    figures: ClassVar[Mapping[str, str]]
    """Every figure of validation that is logged, and what its curve is called; empty where none is drawn."""

    def __init__(self, recipe: Recipe, *, steps: int) -> None:
        super().__init__()
        self.save_hyperparameters({"recipe": recipe_document(recipe), "steps": steps})
        self.recipe = recipe
        self.steps = steps
        self.learning_rate = recipe.optimiser.learning_rate
        self.network = as_channels_last(build(recipe.task, recipe.model.name, recipe.model.options))
        self.augment = PhotometricAugmentation(recipe.augmentation)

    def loss_of(self, batch: Batch) -> Tensor:
        """Compute the loss of one batch, a scalar."""
        raise NotImplementedError

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Compute the loss of one batch, and stop where it is no number any more.

        Raises
        ------
        CrackscopeError
            If the loss is not finite.
        """
        loss = self.loss_of(batch)
        if not bool(torch.isfinite(loss)):
            raise self._no_number(f"the loss is {loss.item():g} in", batch_index)
        size = len(next(iter(batch.values())))
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=size, sync_dist=True)
        return loss

    def on_train_batch_end(self, _outputs: object, _batch: Batch, batch_index: int) -> None:
        """After an epoch's last batch, stop where the step has left weights that are no numbers.

        Raises
        ------
        CrackscopeError
            Before they are validated or kept.
        """
        if self.trainer.is_last_batch and not all(
            bool(torch.isfinite(weight).all()) for weight in self.network.parameters()
        ):
            raise self._no_number("a weight is no number any more after", batch_index)

    def _no_number(self, what: str, batch_index: int) -> CrackscopeError:
        return CrackscopeError(
            f"{what} epoch {self.current_epoch}, batch {batch_index}: training stops, and the checkpoints"
            " stay as the epoch before left them; lower optimiser.learning_rate, or set"
            " optimiser.gradient_clip."
        )

    def log_figures(self, figures: Mapping[str, float]) -> None:
        """Log figures of validation; those of several processes are averaged."""
        assert figures.keys() <= self.figures.keys(), "figures that no column is kept for"
        self.log_dict(dict(figures), sync_dist=True)

    def on_train_epoch_start(self) -> None:
        """Let the encoder learn, or hold it still in the first epochs."""
        frozen = self.current_epoch < self.recipe.optimiser.frozen_encoder_epochs
        if frozen or self.current_epoch == self.recipe.optimiser.frozen_encoder_epochs > 0:
            hold_encoder(self.network, still=frozen)

    def on_train_batch_start(self, _batch: Batch, batch_index: int) -> None:
        """Seed the augmentation by the batch's number in the whole run, whichever process computes it, so
        that a resumed run draws the same.
        """
        batches = int(self.trainer.num_training_batches)
        number = (self.current_epoch * batches + batch_index) * self.trainer.world_size + self.global_rank
        torch.manual_seed(self.recipe.seed * 1_000_003 + number)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW; no weight decay on biases and batch norms; the recipe's schedule."""
        own = self.recipe.optimiser
        groups = _groups(
            self.network, own, self.learning_rate, learnt=_learnt_parts(self.network, self.recipe)
        )
        optimiser = torch.optim.AdamW(groups, lr=self.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate_factor(own, steps=self.steps))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def rate_factor(recipe: OptimiserRecipe, *, steps: int) -> Callable[[int], float]:
    """Make the factor of the learning rate at each step.

    Parameters
    ----------
    recipe : OptimiserRecipe
    steps : int
        Of the whole run.

    Returns
    -------
    callable
        From a step, counted from 0, to a factor in 0…1.

    References
    ----------
    Cosine: Loshchilov and Hutter 2017, "SGDR". One cycle: Smith 2018, "A disciplined approach to neural
    network hyper-parameters"; it rises for 30 % of the steps, from 1/25, and falls to 1/10,000 of that.

    Examples
    --------
    >>> factor = rate_factor(OptimiserRecipe(warmup_steps=0), steps=10)
    >>> factor(0), factor(5), factor(10)
    (1.0, 0.5, 0.0)
    """
    if recipe.schedule == "one-cycle":
        return lambda step: _one_cycle(step / max(1, steps))

    def factor(step: int) -> float:
        if step < recipe.warmup_steps:
            return (step + 1) / recipe.warmup_steps
        if recipe.schedule == "constant":
            return 1.0
        progress = (step - recipe.warmup_steps) / max(1, steps - recipe.warmup_steps)
        return _fall(progress)

    return factor


_RISING_SHARE = 0.3
_FIRST_FACTOR = 1 / 25
_LAST_FACTOR = _FIRST_FACTOR / 10_000


def _one_cycle(progress: float) -> float:
    if progress < _RISING_SHARE:
        return 1.0 + (_FIRST_FACTOR - 1.0) * _fall(progress / _RISING_SHARE)
    return _LAST_FACTOR + (1.0 - _LAST_FACTOR) * _fall((progress - _RISING_SHARE) / (1 - _RISING_SHARE))


def _fall(progress: float) -> float:
    """Go from 1 to 0 as half a cosine."""
    return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def hold_encoder(network: nn.Module, *, still: bool) -> None:
    """Hold a network's encoder still, its batch norms too, or let it learn.

    Parameters
    ----------
    network : torch.nn.Module
        Its `encoder_parts` name the modules that make up its encoder.
    still : bool
    """
    for name in cast(Sequence[str], network.encoder_parts):
        part = network.get_submodule(name)
        part.requires_grad_(requires_grad=not still)
        part.train(mode=not still)
    if not still:
        network.train()  # a network that keeps some norms does so there


def _learnt_parts(network: nn.Module, recipe: Recipe) -> tuple[str, ...]:
    """Name the modules that learn at the encoder's rate: the encoder, and what else came with it."""
    parts = tuple(cast(Sequence[str], network.encoder_parts))
    return (*parts, *getattr(network, "decoder_parts", ())) if recipe.model.encoder_from else parts


def _groups(
    network: nn.Module, recipe: OptimiserRecipe, learning_rate: float, *, learnt: Sequence[str]
) -> list[dict[str, object]]:
    slow = tuple(f"{part}." for part in learnt)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        rate = learning_rate * (recipe.encoder_factor if name.startswith(slow) else 1.0)
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": each, "lr": rate, "weight_decay": decay} for (rate, decay), each in groups.items()]
