"""The ways in which a mask can lie wrong on its picture, and how to turn it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.finding import Turn

Array = NDArray[Any]

_TURNS: dict[Turn, Callable[[Array], Array]] = {
    "mirror": lambda a: a[:, ::-1],
    "turn-180": lambda a: a[::-1, ::-1],
    "flip": lambda a: a[::-1],
    "transpose": lambda a: a.swapaxes(0, 1),
    "turn-90": lambda a: np.rot90(a, -1),
    "transverse": lambda a: a[::-1, ::-1].swapaxes(0, 1),
    "turn-270": lambda a: np.rot90(a, 1),
}
# In the order of EXIF orientations 2 to 8 (CIPA DC-008, tag 0x0112).
TURNS: tuple[Turn, ...] = tuple(_TURNS)
KEEPING_SHAPE: tuple[Turn, ...] = ("mirror", "turn-180", "flip")
SWAPPING_SIDES: tuple[Turn, ...] = ("transpose", "turn-90", "transverse", "turn-270")

IN_WORDS: dict[Turn, str] = {
    "mirror": "mirrored left to right",
    "turn-180": "turned by 180°",
    "flip": "mirrored top to bottom",
    "transpose": "transposed",
    "turn-90": "turned by 90° to the left",
    "transverse": "transposed along the other diagonal",
    "turn-270": "turned by 90° to the right",
}
"""What is wrong with a mask that a turn puts right."""


def turned(array: Array, turn: Turn) -> Array:
    """Turn or mirror an array of shape (H, W) or (H, W, …); C-contiguous.

    Examples
    --------
    >>> turned(np.array([[1, 2], [3, 4]]), "turn-90").tolist()
    [[3, 1], [4, 2]]
    """
    return np.ascontiguousarray(_TURNS[turn](array))


def turn_of_exif(orientation: int) -> Turn | None:
    """Name the turn that an EXIF orientation asks for; None for 1, which is upright."""
    return None if orientation == 1 else TURNS[orientation - 2]
