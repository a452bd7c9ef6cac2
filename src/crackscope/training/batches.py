"""Batches by number: the same epoch and number give the same crop, in one process as in many."""

from __future__ import annotations

from collections.abc import Callable

import lightning.pytorch as pl
from torch.utils.data import DataLoader, Dataset

from crackscope.training.tasks.task import Batch

Draw = Callable[[int, int], Batch]
"""From an epoch and a crop's number to one crop of a batch."""


class _Crops(Dataset[Batch]):
    """One process's crops of one epoch: of every `processes` batches, the one of its rank."""

    def __init__(
        self, draw: Draw, *, epoch: int, batches: int, batch_size: int, rank: int, processes: int
    ) -> None:
        self._draw = draw
        self._epoch = epoch
        self._count = batches * batch_size
        self._batch_size = batch_size
        self._rank = rank
        self._processes = processes

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, own: int) -> Batch:
        batch, place = divmod(own, self._batch_size)
        number = (batch * self._processes + self._rank) * self._batch_size + place
        return self._draw(self._epoch, number)


def batches_of_epoch(
    draw: Draw, trainer: pl.Trainer | None, *, batches: int, batch_size: int, workers: int
) -> DataLoader[Batch]:
    """Make the batches of a trainer's current epoch.

    Parameters
    ----------
    draw : callable
        From an epoch and a crop's number to one crop; pickled where workers are started afresh.
    trainer : Trainer, optional
        Knows epoch, rank and number of processes; epoch 0 of one process without.
    batches : int
        In each process.
    batch_size : int
    workers : int
        Processes that draw, for each process that trains.

    Returns
    -------
    DataLoader
    """
    crops = _Crops(
        draw,
        epoch=trainer.current_epoch if trainer else 0,
        batches=batches,
        batch_size=batch_size,
        rank=trainer.global_rank if trainer else 0,
        processes=trainer.world_size if trainer else 1,
    )
    return DataLoader(crops, batch_size=batch_size, num_workers=workers)
