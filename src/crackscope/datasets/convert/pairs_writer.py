"""Pairs: ``SET/images/`` beside ``SET/masks/``, in halves where they are known."""

from __future__ import annotations

from pathlib import Path, PurePath

import cv2
import numpy as np

from crackscope.datasets.convert.names import FreeNames, SetFolders
from crackscope.datasets.convert.picture import Picture
from crackscope.datasets.convert.writer import write_file
from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts.words import CRACK_FREE_PREFIX, is_crack_free_name
from crackscope.imaging.arrays import BoolMask


class PairsPlaces:
    """Gives each picture and mask its place; crack-free pictures without masks are sets of their own."""

    def __init__(self) -> None:
        self._names = FreeNames()
        self._sets = SetFolders()

    def take(self, entry: Entry, name: str, *, masked: bool) -> tuple[PurePath, PurePath | None]:
        """Return the places of a picture and of its mask, if it has one, below the dataset's folder.

        Parameters
        ----------
        entry : Entry
        name : str
            What to call the picture, if that is free.
        masked : bool
            Whether it has a mask.
        """
        set_name = entry.set_name
        if not masked and not is_crack_free_name(set_name):
            set_name = f"{CRACK_FREE_PREFIX}_{set_name}"
        home = PurePath(self._sets.name(set_name, entry.home), entry.part or "")
        free = self._names.take(str(home), name)
        mask = home / "masks" / f"{PurePath(free).stem}.png" if masked else None
        return home / "images" / free, mask

    def take_in_class(self, entry: Entry, name: str) -> PurePath:
        """Return the place of a picture of which only the class is known."""
        home = PurePath(self._sets.name(entry.set_name, entry.home), entry.part or "")
        folder = home / ("Positive" if entry.cracked else "Negative")
        return folder / self._names.take(str(folder), name)


class PairsWriter:
    """Writes pictures and masks of one name.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places = PairsPlaces()

    def add(self, picture: Picture) -> int:
        """Write a picture and its mask; see `Writer`."""
        image, mask = self._places.take(picture.entry, picture.name, masked=picture.mask is not None)
        write_file(self._folder / image, picture.data)
        if mask is None or picture.mask is None:
            return 0
        write_file(self._folder / mask, mask_png(picture.mask))
        return sum(1 for _ in picture.cracks())

    def finish(self) -> None:
        """Do nothing; see `Writer`."""


def mask_png(mask: BoolMask) -> bytes:
    """Encode a mask as PNG, one grey channel of 0 and 255; the same mask gives the same bytes."""
    done, data = cv2.imencode(".png", mask.astype(np.uint8) * np.uint8(255), [cv2.IMWRITE_PNG_COMPRESSION, 6])
    if not done:
        raise ValueError(f"a mask of shape {mask.shape} cannot be written as PNG")
    return bytes(data)
