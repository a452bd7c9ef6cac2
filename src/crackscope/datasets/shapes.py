"""Cracks as an annotation gives them: outlines and run lengths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from crackscope.datasets.mask_source import MaskSizeError
from crackscope.datasets.polygons import add_polygon
from crackscope.datasets.ring_faults import crosses_itself, reaches_outside
from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.imaging.photo import printable
from crackscope.imaging.rle import RunLengthMask

Crack: TypeAlias = tuple[FloatArray, ...] | RunLengthMask
"""Rings (see `crackscope.datasets.polygons`), which are united, or a mask in run lengths."""


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """The cracks of one picture, each as its annotation gives it; a `MaskSource`.

    Parameters
    ----------
    path : Path
        The annotation file.
    cracks : tuple of Crack
        Empty for a crack-free picture.
    picture : str
        What the annotation calls the picture.
    size_hw : (height, width), optional
        The picture's size by the annotation, in px; None where it says nothing.
    normalised : bool
        Whether the rings are in parts of the picture's width and height, not in px.

    Examples
    --------
    >>> square = np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]])
    >>> int(Shapes(Path("a.json"), ((square, square + 4),)).read(height=10, width=10).sum())
    8
    """

    path: Path
    cracks: tuple[Crack, ...] = field(repr=False)
    picture: str = field(default="", kw_only=True)
    size_hw: tuple[int, int] | None = field(default=None, kw_only=True)
    normalised: bool = field(default=False, kw_only=True)

    def read(self, *, height: int, width: int) -> BoolMask:
        """Return the mask of all cracks together; see `MaskSource.read`."""
        self._check_size(height, width)
        mask = np.zeros((height, width), np.bool_)
        for crack in self.cracks:
            self._add(mask, crack)
        return mask

    def read_cracks(self, *, height: int, width: int) -> list[BoolMask]:
        """Return the mask, bool (height, width), of each crack; `each_crack` has but one in memory.

        Raises
        ------
        DatasetError
            If the annotation is of a picture of another size.
        """
        return list(self.each_crack(height=height, width=width))

    def each_crack(self, *, height: int, width: int) -> Iterator[BoolMask]:
        """Yield the masks of `read_cracks` one by one."""
        self._check_size(height, width)
        for crack in self.cracks:
            mask = np.zeros((height, width), np.bool_)
            self._add(mask, crack)
            yield mask

    def doubtful(self, *, height: int, width: int) -> tuple[int, int]:
        """Count the outlines that reach outside the picture, and those that cross themselves."""
        rings = [
            ring * self._unit(height, width)
            for crack in self.cracks
            if not isinstance(crack, RunLengthMask)
            for ring in crack
        ]
        outside = sum(reaches_outside(ring, height=height, width=width) for ring in rings)
        return outside, sum(map(crosses_itself, rings))

    def _add(self, mask: BoolMask, crack: Crack) -> None:
        if isinstance(crack, RunLengthMask):
            if box := crack.bounding_box():
                mask[box.slices] |= crack.decode_box(box)
            return
        for ring in crack:
            add_polygon(mask, ring * self._unit(*mask.shape))

    def _unit(self, height: int, width: int) -> FloatArray:
        return np.array([width, height] if self.normalised else [1, 1], np.float64)

    def _check_size(self, height: int, width: int) -> None:
        declared = [self.size_hw] if self.size_hw is not None else []
        declared += [(rle.height, rle.width) for rle in self.cracks if isinstance(rle, RunLengthMask)]
        for own_height, own_width in declared:
            if (own_height, own_width) != (height, width):
                name = printable(self.picture) or "the picture"
                raise MaskSizeError(
                    f"{self.path}: {name} is {own_width}×{own_height} in it but really {width}×{height}; "
                    "export the annotations again for the picture as it is."
                )
