"""Cracks one by one, in photos of any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crackscope.engine.found_instance import (
    MASK_FROM,
    CrackPixels,
    Detections,
    FoundInstance,
    crack_pixels,
    whole_instances,
)
from crackscope.engine.instance_tiles import InstanceAssembler
from crackscope.engine.model_file import ModelFile
from crackscope.engine.padding import pad, up_to_multiple
from crackscope.engine.session import DEFAULT_ENGINE, open_session
from crackscope.imaging.arrays import RgbPixels, check_rgb
from crackscope.imaging.tiles import tile_grid

WHOLE_MAX_PX = 640
"""Photos with no side longer than this go through the network in one piece."""
TILE_PX = 512
"""A mask has so many cells whatever its box's size: in a larger piece of a photo, a cell would hold more than
one crack."""
OVERLAP_PX = 128


class InstanceFinder:
    """Finds the cracks of photos one by one with one detection model.

    Small photos go through the network whole; large ones in overlapping tiles, and pieces of one crack that
    neighbouring tiles agree about are put together. Memory goes with the photo and its crack pixels.

    Parameters
    ----------
    model_file : ModelFile, str or Path
        A model file, or what `ModelFile.open` takes.
    engine : str
        ``"openvino"`` or ``"onnxruntime"``.
    threads : int, optional
        By default as many as the processor has cores.

    Raises
    ------
    ModelFileError
        If the model is not for detection, or cannot be loaded.

    Notes
    -----
    May be used from several threads; they take turns.
    """

    def __init__(
        self, model_file: ModelFile | str | Path, *, engine: str = DEFAULT_ENGINE, threads: int | None = None
    ) -> None:
        self.model_file = ModelFile.open_for("detect", model_file)
        self._stride = self.model_file.card.input.stride
        given = self.model_file.card.mask_threshold
        self._mask_from = MASK_FROM if given is None else given
        self._session = open_session(self.model_file, engine=engine, threads=threads)

    @property
    def engine(self) -> str:
        """Name of the engine that computes."""
        return self._session.name

    def find(self, pixels: RgbPixels, *, least_score: float | None = None) -> tuple[FoundInstance, ...]:
        """Find the cracks of a photo.

        Parameters
        ----------
        pixels : uint8 array, shape (H, W, 3)
            RGB.
        least_score : float, optional
            Give cracks from this score on; by default from the model card's threshold on. At 0, all that the
            graph gives.

        Returns
        -------
        tuple of FoundInstance
            Surest first; masks may share pixels where cracks cross.

        Raises
        ------
        ValueError
            If `pixels` is not uint8 of shape (H, W, 3) with at least one pixel.
        """
        check_rgb(pixels)
        least = self.model_file.card.threshold if least_score is None else least_score
        height, width = pixels.shape[:2]
        if max(height, width) <= WHOLE_MAX_PX:
            return whole_instances(self._find(pixels, least), height=height, width=width)
        assembler = InstanceAssembler()
        grid = tile_grid(height, width, tile_px=TILE_PX, overlap_px=OVERLAP_PX, align_px=self._stride)
        for tile in (tile for row in grid.rows for tile in row):
            found = self._find(pixels[tile.slices], least)
            assembler.add(tile, [each.moved(rows=tile.row, columns=tile.column) for each in found])
        return whole_instances(assembler.finish(), height=height, width=width)

    def prepare(self, *, height: int, width: int) -> None:
        """Get ready for many photos of one size, in px, where the engine gains by it."""
        if max(height, width) > WHOLE_MAX_PX:
            height, width = min(height, TILE_PX), min(width, TILE_PX)
        self._session.prepare(
            height=up_to_multiple(height, self._stride), width=up_to_multiple(width, self._stride)
        )

    def _find(self, piece: RgbPixels, least_score: float) -> list[CrackPixels]:
        height, width = piece.shape[:2]
        padded = pad(piece, up_to_multiple(height, self._stride), up_to_multiple(width, self._stride))
        return crack_pixels(
            Detections(*self._session.outputs(padded[np.newaxis])),
            height=height,
            width=width,
            least_score=least_score,
            mask_from=self._mask_from,
        )
