"""Tiles over a large photo, and the joining of what was predicted on them.

Neighbouring tiles overlap. In the middle of each overlap lies a seam, a band in which one tile's prediction
fades into the other's along a raised cosine; outside the bands each pixel comes from one tile alone. Tiles
are joined row by row, so that no more than one row of tiles is held at a time, however high the photo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from crackscope.imaging.arrays import ProbabilityMap
from crackscope.imaging.box import Box

Tile: TypeAlias = Box
"""A rectangle of a photo that is predicted at once."""


@dataclass(frozen=True, slots=True)
class TileGrid:
    """The tiles of a photo.

    Parameters
    ----------
    height, width : int
        Of the photo, in px.
    rows : list of lists of Tile
        From top to bottom, each from left to right. The tiles of a row have one height, those of a column one
        width.
    margin_px : int
        At an inner edge of a tile, what is predicted so close to it is not used.
    """

    height: int
    width: int
    rows: list[list[Tile]]
    margin_px: int = 0


def tile_grid(
    height: int, width: int, *, tile_px: int, overlap_px: int, margin_px: int = 0, align_px: int = 1
) -> TileGrid:
    """Lay tiles over a photo, evenly, as few as the overlap allows.

    Parameters
    ----------
    height, width : int
        Of the photo, in px.
    tile_px : int
        Side of a tile. No tile is larger; a photo that is smaller has smaller tiles, and with `align_px` the
        last of a row or column may be.
    overlap_px : int
        Neighbours share at least so many rows or columns.
    margin_px : int
        How far the edge of a tile spoils a prediction; less than half of `overlap_px`.
    align_px : int
        Tiles begin at multiples of this: with a network's stride, it sees the same grid in a tile as in the
        photo.

    Returns
    -------
    TileGrid

    Raises
    ------
    ValueError
        If the sizes do not go together.

    Examples
    --------
    >>> [[tile.column for tile in row] for row in tile_grid(50, 200, tile_px=100, overlap_px=20).rows]
    [[0, 50, 100]]
    """
    if min(height, width) < 1:
        raise ValueError(f"a photo of {height}×{width} px has no tiles")
    if overlap_px < 0 or align_px < 1 or tile_px - overlap_px < align_px:
        raise ValueError(
            f"tiles of {tile_px} px cannot overlap by {overlap_px} px in steps of {align_px} px; "
            "use larger tiles"
        )
    if margin_px < 0 or (margin_px > 0 and 2 * margin_px >= overlap_px):
        raise ValueError(f"an overlap of {overlap_px} px leaves nothing between margins of {margin_px} px")
    rows = _spans(height, tile_px, overlap_px, align_px)
    columns = _spans(width, tile_px, overlap_px, align_px)
    tiles = [[Tile(row, column, high, wide) for column, wide in columns] for row, high in rows]
    return TileGrid(height, width, tiles, margin_px)


def blend_strips(
    grid: TileGrid, predict_row: Callable[[list[Tile]], list[ProbabilityMap]]
) -> Iterator[tuple[int, ProbabilityMap]]:
    """Predict a photo row of tiles by row of tiles and yield it in finished strips.

    Parameters
    ----------
    grid : TileGrid
    predict_row : callable
        Takes the tiles of one row, returns their probabilities, float32 of shape (tile.height, tile.width),
        in the same order.

    Yields
    ------
    row : int
        The strip's first row in the photo; strips come from top to bottom without gaps.
    strip : float32 array, shape (rows, width)
        Finished: no later strip changes it.

    Raises
    ------
    ValueError
        If `predict_row` returns other shapes than the tiles'.

    Examples
    --------
    >>> grid = tile_grid(150, 80, tile_px=64, overlap_px=16)
    >>> strips = blend_strips(grid, lambda row: [np.ones((t.height, t.width), np.float32) for t in row])
    >>> [(row, strip.shape) for row, strip in strips]
    [(0, (43, 80)), (43, (43, 80)), (86, (64, 80))]
    """
    seams = _seams([(row[0].row, row[0].height) for row in grid.rows], grid.margin_px)
    faded = np.empty((0, grid.width), np.float32)
    begin = 0
    for tiles, (end, band_end) in zip(grid.rows, [*seams, (grid.height, grid.height)], strict=True):
        strip = _joined(predict_row(tiles), tiles, grid)
        top = tiles[0].row
        first = strip[begin - top : begin - top + faded.shape[0]]
        first[:] = faded + _rise(faded.shape[0])[:, np.newaxis] * (first - faded)
        faded = strip[end - top : band_end - top].copy()
        yield begin, strip[begin - top : end - top]
        begin = end


def _joined(maps: list[ProbabilityMap], tiles: list[Tile], grid: TileGrid) -> ProbabilityMap:
    """Join the predictions of a row of tiles to one of the photo's width."""
    if [part.shape for part in maps] != [(tile.height, tile.width) for tile in tiles]:
        raise ValueError(f"predictions of shapes {[part.shape for part in maps]} for tiles {tiles}")
    seams = _seams([(tile.column, tile.width) for tile in tiles], grid.margin_px)
    strip = np.empty((tiles[0].height, grid.width), np.float32)
    bands = [(0, 0), *seams, (grid.width, grid.width)]
    for part, tile, (begin, band_end), (_, end) in zip(maps, tiles, bands[:-1], bands[1:], strict=True):
        left = tile.column
        band = strip[:, begin:band_end]
        band += _rise(band_end - begin) * (part[:, begin - left : band_end - left] - band)
        strip[:, band_end:end] = part[:, band_end - left : end - left]
    return strip


def _seams(spans: list[tuple[int, int]], margin_px: int) -> list[tuple[int, int]]:
    """Begin and end of the band in which each tile of an axis fades into the next; bands do not meet."""
    shared = [
        (after + margin_px, before + size - margin_px) for (before, size), (after, _) in pairwise(spans)
    ]
    room = min((high - low for low, high in shared), default=0)
    apart = min(((b + d - a - c) // 2 for (a, c), (b, d) in pairwise(shared)), default=room)
    band = min(room, apart)
    return [((low + high - band) // 2, (low + high - band) // 2 + band) for low, high in shared]


def _rise(length: int) -> ProbabilityMap:
    """Half a raised cosine from 0 to 1, sampled at the middle of each pixel."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / max(length, 1))).astype(np.float32)


def _spans(length: int, tile_px: int, overlap_px: int, align_px: int) -> list[tuple[int, int]]:
    """Start and size of the tiles along one axis."""
    if length <= tile_px:
        return [(0, length)]
    last = -(-(length - tile_px) // align_px)  # in steps of align_px
    steps = -(-last // ((tile_px - overlap_px) // align_px))
    starts = [align_px * (number * last // steps) for number in range(steps + 1)]
    return [(start, min(tile_px, length - start)) for start in starts]
