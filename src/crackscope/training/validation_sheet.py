"""A sheet of pictures after each validation, to see what a network has learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import lightning.pytorch as pl
import numpy as np
from lightning.pytorch.callbacks import Callback

from crackscope.datasets.sample import Sample
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.encode import write_jpeg

MOST_ROWS = 8
TILE_PX = 256


class ValidationSheet(Callback):
    """After each validation, write one sheet.

    Parameters
    ----------
    run_folder : Path
        The sheets come into its folder ``validation``.
    draw : callable
        From the module that was just validated to a picture, uint8 (H, W, 3).
    """

    def __init__(self, run_folder: Path, draw: Callable[[pl.LightningModule], RgbPixels]) -> None:
        self._folder = run_folder / "validation"
        self._draw = draw

    def on_validation_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Draw and write the sheet of this epoch."""
        if trainer.sanity_checking or not trainer.is_global_zero:
            return
        sheet = self._draw(module)
        self._folder.mkdir(parents=True, exist_ok=True)
        write_jpeg(self._folder / f"epoch-{trainer.current_epoch + 1:04d}.jpg", sheet)


def one_of_each_set(samples: Sequence[Sample]) -> list[int]:
    """Choose the samples whose pictures are drawn.

    Parameters
    ----------
    samples : sequence of Sample

    Returns
    -------
    list of int
        Positions of the first samples of the first sets, at most `MOST_ROWS`.
    """
    first: dict[str, int] = {}
    for position, sample in enumerate(samples):
        first.setdefault(sample.set_name, position)
    return list(first.values())[:MOST_ROWS]


def side_by_side(pictures: Sequence[RgbPixels]) -> RgbPixels:
    """Draw pictures in a row, each shrunk or enlarged into a square on white.

    Parameters
    ----------
    pictures : sequence of uint8 arrays, shape (H, W, 3)

    Returns
    -------
    uint8 array, shape (TILE_PX, len(pictures) · TILE_PX, 3)
    """
    return np.hstack([_fitted(picture) for picture in pictures])


def _fitted(picture: RgbPixels) -> RgbPixels:
    height, width = picture.shape[:2]
    factor = TILE_PX / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    canvas = np.full((TILE_PX, TILE_PX, 3), 255, np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return canvas
