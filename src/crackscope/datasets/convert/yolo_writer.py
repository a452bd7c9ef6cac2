"""YOLO: ``HALF/images/SET/`` beside ``HALF/labels/SET/``, and ``data.yaml``."""

from __future__ import annotations

from pathlib import Path, PurePath

import numpy as np
import yaml

from crackscope.datasets.convert.names import FreeNames, SetFolders
from crackscope.datasets.convert.picture import Picture
from crackscope.datasets.convert.writer import write_file
from crackscope.datasets.layouts.words import TEST, TRAIN, VALIDATION
from crackscope.datasets.polygons import joined_rings, outlines
from crackscope.imaging.arrays import FloatArray

_HALVES = {TRAIN: "train", VALIDATION: "val", TEST: "test"}
_DIGITS = 9  # a side of 100,000 px comes back to within 1/10,000 px, and is rounded to 1/5


class YoloWriter:
    """Writes a row for each crack, as Ultralytics reads it; pictures of no half are for training.

    Parameters
    ----------
    folder : Path

    References
    ----------
    Ultralytics, "Instance segmentation datasets overview", https://docs.ultralytics.com/datasets/segment/
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = FreeNames()
        self._sets = SetFolders()
        self._used: set[str] = set()

    def add(self, picture: Picture) -> int:
        """Copy a picture and write its label file, empty where it shows no crack; see `Writer`."""
        entry = picture.entry
        half = _HALVES[entry.part or TRAIN]
        self._used.add(half)
        set_folder = self._sets.name(entry.set_name, entry.home)
        name = PurePath(self._names.take(set_folder, picture.name))  # unlike those in the other halves too
        write_file(self._folder / half / "images" / set_folder / name, picture.data)
        size = np.array([picture.width, picture.height], np.float64)
        rows = [
            # The rings of one crack do not overlap, so that one ring can stand for them all.
            _row((joined_rings(outlines(mask)) + np.array([box.column, box.row])) / size)
            for box, mask in picture.cracks()
        ]
        label = self._folder / half / "labels" / set_folder / f"{name.stem}.txt"
        write_file(label, "".join(rows).encode("ascii"))
        return len(rows)

    def finish(self) -> None:
        """Write ``data.yaml``; Ultralytics wants halves for training and validation, whatever there is."""
        used = [half for half in _HALVES.values() if half in self._used]
        places = {half: f"{half}/images" for half in used}
        document = {
            "train": f"{used[0]}/images",
            "val": f"{used[0]}/images",
            **places,
            "names": {0: "crack"},
        }
        write_file(self._folder / "data.yaml", yaml.safe_dump(document, sort_keys=False).encode("utf-8"))


def _row(ring: FloatArray) -> str:
    values = (f"{value:.{_DIGITS}f}".rstrip("0").rstrip(".") for value in ring.reshape(-1).tolist())
    return f"0 {' '.join(values)}\n"
