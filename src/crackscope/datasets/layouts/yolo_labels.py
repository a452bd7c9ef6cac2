"""YOLO's label files: a row for each object, its class and the corners of its outline."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crackscope.datasets.annotation_file import read_annotation
from crackscope.imaging.arrays import FloatArray

LIMIT_BYTES = 64 << 20
_BOX, _TRIANGLE = 4, 6
_OUTSIDE = 1.0  # of the picture's size: farther off, coordinates are in px


@dataclass(frozen=True, slots=True)
class Labels:
    """What a label file says.

    Parameters
    ----------
    rings : tuple of float array, shape (N, 2)
        The outline of each crack, as parts of the picture's width and height.
    boxes : int
        How many cracks have a box and no outline.
    wrong : tuple of str
        A sentence on the first row that is malformed; empty if all are well.
    """

    rings: tuple[FloatArray, ...] = ()
    boxes: int = 0
    wrong: tuple[str, ...] = ()


def read_labels(path: Path, *, classes: Collection[int], cracks: Collection[int]) -> Labels:
    """Read a label file.

    Parameters
    ----------
    path : Path
    classes : collection of int
        Numbers of all classes.
    cracks : collection of int
        Those that are cracks; rows of others are passed over.

    Raises
    ------
    DatasetError
        If it cannot be read.
    """
    rows = read_annotation(path, limit_bytes=LIMIT_BYTES).decode("utf-8-sig", "replace").splitlines()
    rings: list[FloatArray] = []
    boxes = 0
    wrong: dict[int, str] = {}
    for line, row in enumerate(rows, start=1):
        try:
            number, values = _row(row)
        except ValueError as error:
            wrong[line] = str(error)
            continue
        if number is None:
            continue
        if number not in classes:
            wrong[line] = f"the class {number} has no name"
        elif number in cracks and len(values) == _BOX:
            boxes += 1
        elif number in cracks:
            rings.append(values.reshape(-1, 2))
    sentences = [f"{path}: line {line} is malformed ({what}); correct it." for line, what in wrong.items()]
    return Labels(tuple(rings), boxes, tuple(sentences[:1]))


def _row(row: str) -> tuple[int | None, FloatArray]:
    """Return the class and the numbers after it; no class for an empty row."""
    words = row.split()
    if not words:
        return None, np.zeros(0)
    try:
        numbers = np.array(words, np.float64)
    except ValueError:
        raise ValueError("something in it is no number") from None
    if not np.isfinite(numbers).all():
        raise ValueError("a number in it is not finite")
    values = numbers[1:]
    if numbers[0] != np.floor(numbers[0]) or abs(numbers[0]) > np.iinfo(np.int32).max:
        raise ValueError("the class is no whole number")
    if len(values) != _BOX and (len(values) < _TRIANGLE or len(values) % 2):
        raise ValueError(f"{len(values)} numbers after the class are neither a box nor an outline")
    if values.min() < -_OUTSIDE or values.max() > 1 + _OUTSIDE:
        raise ValueError("coordinates are not between 0 and 1")
    return int(numbers[0]), values
