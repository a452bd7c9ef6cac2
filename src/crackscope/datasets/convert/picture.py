"""A picture with its cracks, read and checked, before anything of it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crackscope.datasets.entry import Entry
from crackscope.datasets.instances import single_cracks
from crackscope.datasets.shapes import Shapes
from crackscope.datasets.tree import is_picture_name
from crackscope.errors import DatasetError, PhotoError
from crackscope.imaging.arrays import BoolMask
from crackscope.imaging.box import Box
from crackscope.imaging.photo import Photo, printable


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture's file and truth.

    Parameters
    ----------
    entry : Entry
    data : bytes
        Of the file.
    height, width : int
        Of the picture when upright, in px.
    mask : bool array, shape (height, width), optional
        None for a picture that is known to be crack-free without one.
    """

    entry: Entry
    data: bytes
    height: int
    width: int
    mask: BoolMask | None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.entry.path.name

    def cracks(self) -> Iterator[tuple[Box, BoolMask]]:
        """Yield each crack: the smallest box around it, and its mask in the box.

        An annotation's cracks are kept as they are; those of a mask are its pieces.
        """
        source = self.entry.mask
        if isinstance(source, Shapes):
            for mask in source.each_crack(height=self.height, width=self.width):
                yield from _cut_out(mask)
        elif self.mask is not None:
            yield from _pieces(self.mask)


def read_entry(entry: Entry, *, root: Path) -> Picture:
    """Read an entry's picture and mask.

    Parameters
    ----------
    entry : Entry
    root : Path
        Of the dataset; pictures are named below it in errors.

    Raises
    ------
    PhotoError, DatasetError
        If either cannot be read, their sizes differ, there is no picture, or its cracks are not known.
    """
    if entry.image is None:
        raise _without_picture(entry)
    if entry.mask is None and entry.cracked is not False:
        raise DatasetError(f"{entry.image}: nobody says where its cracks are; add a mask for it.")
    if not is_picture_name(entry.image.name):  # an annotation may list it, but folders are searched by suffix
        raise DatasetError(f"{entry.image}: is not named as a picture; give it a suffix such as .jpg.")
    below = entry.image.relative_to(root) if entry.image.is_relative_to(root) else entry.image
    photo = Photo.open(entry.image, name=below.as_posix())
    height, width = photo.height, photo.width
    mask = entry.mask.read(height=height, width=width) if entry.mask is not None else None
    try:
        data = entry.image.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PhotoError(f"{entry.image}: cannot be read ({reason}); check the disk.") from error
    return Picture(entry, data, height, width, mask)


def _without_picture(entry: Entry) -> DatasetError:
    if isinstance(entry.mask, Shapes) and entry.mask.picture:
        name = printable(entry.mask.picture[:200])
        return DatasetError(
            f"{entry.path}: the picture {name} is not there; add it or remove its annotations."
        )
    return DatasetError(f"{entry.path}: has no picture; add it or remove the mask.")


def _cut_out(mask: BoolMask) -> Iterator[tuple[Box, BoolMask]]:
    """Yield the part of a mask that holds pixels, if there is any."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size:
        top, left = int(rows[0]), int(columns[0])
        box = Box(top, left, int(rows[-1]) - top + 1, int(columns[-1]) - left + 1)
        yield box, mask[box.slices]


def _pieces(mask: BoolMask) -> Iterator[tuple[Box, BoolMask]]:
    """Yield the pieces of a mask, pixels that touch at a corner being of one piece; none is left out."""
    for crack in single_cracks(mask, min_area_px=1, join_gap_px=0):
        yield crack.box, crack.mask.decode_box(crack.box)
