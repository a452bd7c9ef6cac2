"""Probability of crack for every pixel of a photo of any size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from crackscope.engine.model_file import DEFAULT_MODEL, ModelFile
from crackscope.engine.padding import pad, up_to_multiple
from crackscope.engine.session import DEFAULT_ENGINE, open_session
from crackscope.imaging.arrays import ProbabilityMap, RgbPixels, check_rgb
from crackscope.imaging.tiles import Tile, blend_strips, tile_grid

SMALLEST_TILE_PX = 768
LARGEST_TILE_PX = 2304
WHOLE_MAX_PIXELS = LARGEST_TILE_PX**2
"""Photos up to this many pixels go through the network in one piece."""
OVERLAP_STRIDES = 16
MARGIN_STRIDES = 7.5
"""What is predicted so close to a tile's inner edge is not used: there the network lacks surroundings.

Measured with our network (stride 32, sees 280 px around each pixel) on photos of 5 megapixels, the largest
difference of probability between tiles and the whole photo: 0.45 with 2 strides, 0.02 with 6, 0.002 with 7.5.
"""


class Segmenter:
    """Predicts photos of any size with one segmentation model.

    Small photos go through the network whole; large ones in overlapping tiles of one size, blended smoothly,
    a row of tiles at a time, so that memory depends on a photo's width but not on its height.

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
        If the model is not for segmentation, or cannot be loaded.

    Notes
    -----
    May be used from several threads; they take turns.
    """

    def __init__(
        self,
        model_file: ModelFile | str | Path = DEFAULT_MODEL,
        *,
        engine: str = DEFAULT_ENGINE,
        threads: int | None = None,
    ) -> None:
        self.model_file = ModelFile.open_for("segment", model_file)
        self._input = self.model_file.card.input
        self._session = open_session(self.model_file, engine=engine, threads=threads)

    @property
    def engine(self) -> str:
        """Name of the engine that computes."""
        return self._session.name

    def probability_map(self, pixels: RgbPixels) -> ProbabilityMap:
        """Predict a photo as one array.

        Parameters
        ----------
        pixels : uint8 array, shape (H, W, 3)
            RGB.

        Returns
        -------
        float32 array, shape (H, W)
            Probability of crack, 0…1.

        Raises
        ------
        ValueError
            If `pixels` is not uint8 of shape (H, W, 3) with at least one pixel.
        """
        strips = list(self.strips(pixels))
        return strips[0][1] if len(strips) == 1 else np.concatenate([strip for _, strip in strips])

    def strips(self, pixels: RgbPixels) -> Iterator[tuple[int, ProbabilityMap]]:
        """Predict a photo piece by piece, from top to bottom.

        Parameters
        ----------
        pixels : uint8 array, shape (H, W, 3)
            RGB.

        Yields
        ------
        row : int
            The strip's first row in the photo.
        strip : float32 array, shape (strip's height, W)
            Probability of crack, 0…1. Strips follow one another without gap or overlap.

        Raises
        ------
        ValueError
            If `pixels` is not uint8 of shape (H, W, 3) with at least one pixel.
        """
        check_rgb(pixels)
        height, width = pixels.shape[:2]
        size = self._size_of_whole(height, width)
        if size is not None:
            yield 0, self._predict(pixels, *size)
        else:
            yield from self._tiled(pixels)

    def prepare(self, *, height: int, width: int) -> None:
        """Get ready for many photos of one size, where the engine gains by it.

        Parameters
        ----------
        height, width : int
            In px.
        """
        size_px = self._size_of_whole(height, width) or self._size_of_tiles(height, width)
        self._session.prepare(height=size_px[0], width=size_px[1])

    def _size_of_whole(self, height: int, width: int) -> tuple[int, int] | None:
        """Size at which a photo goes through the network in one piece; None where it must be tiled."""
        fixed_size = self._input.fixed_size
        if fixed_size is not None:
            return fixed_size if height <= fixed_size[0] and width <= fixed_size[1] else None
        if height * width > WHOLE_MAX_PIXELS:
            return None
        return up_to_multiple(height, self._input.stride), up_to_multiple(width, self._input.stride)

    def _size_of_tiles(self, height: int, width: int) -> tuple[int, int]:
        """Size of every tile: of one size, so that the engine prepares once."""
        stride = self._input.stride
        side = best_tile_px(height, width, stride=stride)
        return self._input.fixed_size or (
            min(side, up_to_multiple(height, stride)),
            min(side, up_to_multiple(width, stride)),
        )

    def _tiled(self, pixels: RgbPixels) -> Iterator[tuple[int, ProbabilityMap]]:
        height, width = pixels.shape[:2]
        size = self._size_of_tiles(height, width)
        tile_px = max(size) if self._input.fixed_size is None else min(size)
        stride = self._input.stride
        overlap_px = min(OVERLAP_STRIDES * stride, tile_px // 2, tile_px - stride)
        # Aligned, so that the network sees a pixel at the same phase of its strides as in the whole photo.
        grid = tile_grid(
            height,
            width,
            tile_px=tile_px,
            overlap_px=overlap_px,
            margin_px=int(overlap_px * MARGIN_STRIDES / OVERLAP_STRIDES),
            align_px=stride,
        )

        def predict_row(tiles: list[Tile]) -> list[ProbabilityMap]:
            return [self._predict(pixels[tile.slices], *size) for tile in tiles]

        return blend_strips(grid, predict_row)

    def _predict(self, piece: RgbPixels, height: int, width: int) -> ProbabilityMap:
        """Predict a piece of a photo, padded to height × width."""
        probability: ProbabilityMap = self._session.run(pad(piece, height, width)[np.newaxis])[0]
        return probability[: piece.shape[0], : piece.shape[1]]


def best_tile_px(height: int, width: int, *, stride: int) -> int:
    """Choose the tile's side that covers a photo with the least to compute.

    Parameters
    ----------
    height, width : int
        Of the photo, in px.
    stride : int
        Of the model; the side is a multiple of it.

    Returns
    -------
    int
        At most `LARGEST_TILE_PX`; the larger of two that cost the same.

    Examples
    --------
    >>> best_tile_px(3000, 4000, stride=32)  # 2 × 3 tiles; the largest would take 2 × 2, but twice as large
    1760
    """

    def computed_px(side: int) -> int:
        grid = tile_grid(height, width, tile_px=side, overlap_px=OVERLAP_STRIDES * stride, align_px=stride)
        return len(grid.rows) * len(grid.rows[0]) * min(side, height) * min(side, width)

    smallest_px = max(up_to_multiple(SMALLEST_TILE_PX, stride), 2 * OVERLAP_STRIDES * stride)
    sides = range(smallest_px, max(smallest_px, LARGEST_TILE_PX) + 1, stride)
    return min(reversed(sides), key=computed_px)
