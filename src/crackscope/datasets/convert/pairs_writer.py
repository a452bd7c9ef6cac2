"""Pairs: ``SET/images/`` beside ``SET/masks/``, in halves where they are known."""

from __future__ import annotations

from pathlib import Path, PurePath

import cv2
import numpy as np

from crackscope.datasets.convert.names import FreeNames, SetFolders
from crackscope.datasets.convert.picture import Picture
from crackscope.datasets.convert.writer import write_file
from crackscope.datasets.layouts.words import CRACK_FREE_PREFIX, is_crack_free_name
from crackscope.imaging.arrays import BoolMask


class PairsWriter:
    """Writes pictures and masks of one name; crack-free pictures without masks are sets of their own.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = FreeNames()
        self._sets = SetFolders()

    def add(self, picture: Picture) -> int:
        """Write a picture and its mask; see `Writer`."""
        entry = picture.entry
        set_name = entry.set_name
        if picture.mask is None and not is_crack_free_name(set_name):
            set_name = f"{CRACK_FREE_PREFIX}_{set_name}"
        home = PurePath(self._sets.name(set_name, entry.home), entry.part or "")
        name = self._names.take(str(home), picture.name)
        write_file(self._folder / home / "images" / name, picture.data)
        if picture.mask is None:
            return 0
        write_file(self._folder / home / "masks" / f"{PurePath(name).stem}.png", _png(picture.mask))
        return sum(1 for _ in picture.cracks())

    def finish(self) -> None:
        """Do nothing; see `Writer`."""


def _png(mask: BoolMask) -> bytes:
    """Encode a mask as grey picture of 0 and 255."""
    done, data = cv2.imencode(".png", mask.astype(np.uint8) * np.uint8(255), [cv2.IMWRITE_PNG_COMPRESSION, 6])
    if not done:
        raise ValueError(f"a mask of shape {mask.shape} cannot be written as PNG")
    return bytes(data)
