"""Find the pictures that show the same, whatever their size, compression or orientation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.audit.fingerprint import INVARIANTS, invariants, unit_rows
from crackscope.datasets.finding import Turn
from crackscope.datasets.turns import TURNS, turned

SAME_FROM = 0.85
"""Correlation of two prints from which on they show the same picture."""

_CANDIDATE_FROM = 0.6  # correlation of invariants; the same pictures were above .65 in every try
_BLOCK = 1024
_BATCH = 4096
_ENOUGH_TO_CENTRE = 50
_LEAST_DETAIL = 300.0  # length of a print below which there is nothing on the picture to recognise


@dataclass(frozen=True, slots=True)
class Twin:
    """Two pictures, by their positions, that show the same.

    Parameters
    ----------
    first, second : int
        ``first < second``.
    similarity : float
        Correlation of their prints, at most 1.
    turn : Turn, optional
        What brings the second one into the first one's orientation; None where it is in it.
    """

    first: int
    second: int
    similarity: float
    turn: Turn | None


def find_twins(prints: NDArray[np.int8], *, after_block: Callable[[], None] = lambda: None) -> Iterator[Twin]:
    """Compare every print with every other.

    Numbers that turning does not change pick candidates, block by block; those are laid on each other in all
    eight orientations. Memory goes with the number of prints (400 bytes each), not with its square.

    Parameters
    ----------
    prints : int8 array, shape (N, 48, 48)
        May be mapped from disk.
    after_block : callable
        Called whenever a block of prints has been read, so that mapped memory can be given back.

    Yields
    ------
    Twin
        Ordered by `first`, then `second`.
    """
    count = len(prints)
    described = np.zeros((count, INVARIANTS), np.float32)
    telling = np.zeros(count, np.bool_)
    for top in range(0, count, _BLOCK):
        block = np.asarray(prints[top : top + _BLOCK], np.float32)
        described[top : top + _BLOCK] = invariants(block)
        telling[top : top + _BLOCK] = np.linalg.norm(block.reshape(len(block), -1), axis=1) >= _LEAST_DETAIL
        after_block()
    _standardise(described, telling)
    for top in range(0, count, _BLOCK):
        found = []
        for left in range(top, count, _BLOCK):
            likeness = described[top : top + _BLOCK] @ described[left : left + _BLOCK].T
            first, second = np.nonzero(likeness >= _CANDIDATE_FROM)
            first, second = first + top, second + left
            ordered = (first < second) & telling[first] & telling[second]
            found += list(_verified(prints, first[ordered], second[ordered]))
        yield from sorted(found, key=lambda twin: (twin.first, twin.second))
        after_block()


def _standardise(described: NDArray[np.float32], telling: NDArray[np.bool_]) -> None:
    """Centre and scale each number over all pictures, in place: what all have in common says nothing."""
    if np.count_nonzero(telling) < _ENOUGH_TO_CENTRE:
        return
    counted = telling[:, np.newaxis]
    described -= described.mean(axis=0, where=counted)
    described /= np.sqrt(np.mean(np.square(described), axis=0, where=counted)) + 1e-6
    for top in range(0, len(described), _BLOCK):
        described[top : top + _BLOCK] = unit_rows(described[top : top + _BLOCK])


def _verified(prints: NDArray[np.int8], first: NDArray[np.intp], second: NDArray[np.intp]) -> Iterator[Twin]:
    for start in range(0, first.size, _BATCH):
        one, two = first[start : start + _BATCH], second[start : start + _BATCH]
        left = unit_rows(prints[one].reshape(one.size, -1))
        others = prints[two]
        likeness = np.stack(
            [
                np.einsum("ij,ij->i", left, unit_rows(_all_turned(others, turn).reshape(one.size, -1)))
                for turn in (None, *TURNS)
            ]
        )
        best = likeness.argmax(axis=0)
        value = likeness.max(axis=0)
        for position in np.flatnonzero(value >= SAME_FROM):
            turn = (None, *TURNS)[best[position]]
            yield Twin(int(one[position]), int(two[position]), min(1.0, float(value[position])), turn)


def _all_turned(prints: NDArray[np.int8], turn: Turn | None) -> NDArray[np.int8]:
    if turn is None:
        return prints
    return np.moveaxis(turned(np.moveaxis(prints, 0, -1), turn), -1, 0)
