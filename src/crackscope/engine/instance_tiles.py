"""Put the pieces of cracks together that were found in different tiles of a photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.engine.found_instance import CrackPixels
from crackscope.imaging.box import Box
from crackscope.imaging.tiles import Tile

NEAR_PX = 2
"""Two tiles may draw the same line so far apart."""
COMMON_SHARE = 0.3
"""Of the smaller piece's pixels in the tiles' common area, so many must lie near the other piece."""


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    tile: Tile
    pixels: CrackPixels


class InstanceAssembler:
    """Collects the cracks found in overlapping tiles; pieces of one crack become one.

    Two pieces are of one crack where they agree about the area that both tiles saw. Memory goes with the
    number of crack pixels, not with the photo's size.
    """

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._parents: list[int] = []

    def add(self, tile: Tile, found: Sequence[CrackPixels]) -> None:
        """Take what was found in one tile, in the photo's rows and columns."""
        begin = len(self._pieces)
        for each in found:
            self._parents.append(len(self._pieces))
            self._pieces.append(_Piece(tile, each))
        for old in range(begin):
            common = _common(self._pieces[old].tile, tile)
            if common is None:
                continue
            for new in range(begin, len(self._pieces)):
                if self._root(old) != self._root(new) and _agree(
                    self._pieces[old].pixels, self._pieces[new].pixels, common
                ):
                    first, second = sorted((self._root(old), self._root(new)))
                    self._parents[second] = first

    def finish(self) -> list[CrackPixels]:
        """Return the cracks; one of several pieces has the score of the surest."""
        groups: dict[int, list[CrackPixels]] = {}
        for number, piece in enumerate(self._pieces):
            groups.setdefault(self._root(number), []).append(piece.pixels)
        return [_joined(group) for group in groups.values()]

    def _root(self, number: int) -> int:
        while self._parents[number] != number:
            number = self._parents[number]
        return number


def _joined(pieces: list[CrackPixels]) -> CrackPixels:
    if len(pieces) == 1:
        return pieces[0]
    corners = np.array([each.corners_px for each in pieces])
    x0, y0 = corners[:, :2].min(axis=0).tolist()
    x1, y1 = corners[:, 2:].max(axis=0).tolist()
    rows = np.concatenate([each.rows for each in pieces])
    columns = np.concatenate([each.columns for each in pieces])
    pixels = np.unique(np.stack([rows, columns], axis=1), axis=0)
    return CrackPixels(max(each.score for each in pieces), (x0, y0, x1, y1), pixels[:, 0], pixels[:, 1])


def _common(one: Tile, other: Tile) -> Box | None:
    row, column = max(one.row, other.row), max(one.column, other.column)
    height = min(one.row + one.height, other.row + other.height) - row
    width = min(one.column + one.width, other.column + other.width) - column
    return Box(row, column, height, width) if height > 0 and width > 0 else None


def _agree(one: CrackPixels, other: CrackPixels, common: Box) -> bool:
    first, second = _drawn(one, common), _drawn(other, common)
    if first is None or second is None:
        return False
    smaller, larger = sorted((first, second), key=np.count_nonzero)
    near = cv2.dilate(larger, np.ones((2 * NEAR_PX + 1, 2 * NEAR_PX + 1), np.uint8)) > 0
    return bool(np.count_nonzero(smaller[near]) >= COMMON_SHARE * np.count_nonzero(smaller))


def _drawn(pixels: CrackPixels, box: Box) -> NDArray[np.uint8] | None:
    rows, columns = pixels.rows - box.row, pixels.columns - box.column
    inside = (rows >= 0) & (rows < box.height) & (columns >= 0) & (columns < box.width)
    if not inside.any():
        return None
    drawn = np.zeros((box.height, box.width), np.uint8)
    drawn[rows[inside], columns[inside]] = 1
    return drawn
