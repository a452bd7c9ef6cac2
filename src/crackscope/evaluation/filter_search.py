"""Search the crack filter that silences crack-free pictures and loses the fewest true cracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray

_Number = TypeVar("_Number", np.int64, np.float64)
_LENGTHS_PX = (0, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 128)
_PROBABILITY_STEPS = 14
_LARGEST_PROBABILITY = 0.99


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unfiltered region, as far as the filter looks at it.

    Parameters
    ----------
    length_px, peak_probability, mean_probability : float
    truth_px : int
        Crack pixels of the truth that it covers; 0 on crack-free pictures.
    """

    length_px: float
    peak_probability: float
    mean_probability: float
    truth_px: int = 0


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """The filter chosen and what it does on the pictures it was chosen on.

    Parameters
    ----------
    min_length_px, min_peak_probability, min_mean_probability : float
    target_share : float
        The share of crack-free pictures that may still report a crack.
    share_before, share_after : float or None
        Share of crack-free pictures with a report, without and with the filter; None without such pictures.
    recall_before, recall_after : float or None
        Share of a cracked picture's crack pixels that are reported: mean over pictures, then over sets; None
        without cracked pictures.
    target_met : bool
        False where no filter of the grid is strict enough; then the strictest in effect was taken.
    """

    min_length_px: float
    min_peak_probability: float
    min_mean_probability: float
    target_share: float
    share_before: float | None
    share_after: float | None
    recall_before: float | None
    recall_after: float | None
    target_met: bool


class FilterSearch:
    """Counts, for every filter of a grid at once, what it lets through; memory is that of the grid per set.

    Parameters
    ----------
    threshold : float
        Regions are made of pixels of at least this probability, so that the grid's probabilities begin there.

    Notes
    -----
    A region passes the filter (a, b, c) if it reaches a, b and c, so it passes all filters at or below one
    corner of the grid. Adding its worth to that corner and summing from the far end of each axis gives every
    filter's total exactly.
    """

    def __init__(self, threshold: float) -> None:
        probabilities = _probability_grid(threshold)
        self.axes: tuple[FloatArray, FloatArray, FloatArray] = (
            np.array(_LENGTHS_PX, float),
            probabilities,
            probabilities,
        )
        self._shape = tuple(len(axis) for axis in self.axes)
        self._crack_free = 0
        self._alarmed: NDArray[np.int64] = np.zeros(self._shape, np.int64)
        self._recall: dict[str, FloatArray] = {}
        self._cracked: dict[str, int] = {}

    def add_crack_free(self, regions: Sequence[Candidate]) -> None:
        """Count a crack-free picture and the regions found on it."""
        self._crack_free += 1
        if regions:
            reported = np.zeros(self._shape, np.int64)
            for region in regions:
                reported[self._corner(region)] = 1
            self._alarmed += _sum_from_far_end(reported) > 0

    def add_cracked(self, regions: Sequence[Candidate], *, set_name: str, truth_px: int) -> None:
        """Count a cracked picture, the regions found on it and its crack pixels."""
        recall = self._recall.setdefault(set_name, np.zeros(self._shape))
        self._cracked[set_name] = self._cracked.get(set_name, 0) + 1
        for region in regions:
            recall[self._corner(region)] += region.truth_px / truth_px

    def choose(self, target_share: float, *, set_weights: Mapping[str, float] | None = None) -> FilterChoice:
        """Choose the filter of highest recall among those that meet the target.

        Of equals the one with fewer false alarms, then the mildest. Where none meets the target: the lowest
        share of alarmed pictures, and among those the highest recall.

        Parameters
        ----------
        target_share : float
            Of crack-free pictures that may report a crack, 0…1.
        set_weights : mapping, optional
            How much each set's recall counts; 1 where not named.

        Returns
        -------
        FilterChoice
            The filter that lets everything pass where there are no crack-free pictures.
        """
        recall = self._mean_recall(set_weights or {})
        share = self._alarmed / max(1, self._crack_free)
        meets = share <= target_share
        target_met = bool(meets.any())
        if not target_met:
            meets = share == share.min()
        strictness = np.indices(self._shape).sum(axis=0)
        # lexsort: the last key rules; rounding keeps sums of floats in another order from deciding.
        order = np.lexsort((strictness.ravel(), share.ravel(), -np.round(recall, 9).ravel(), ~meets.ravel()))
        at = np.unravel_index(order[0] if self._crack_free else 0, self._shape)
        length_px, peak, mean = (float(axis[i]) for axis, i in zip(self.axes, at, strict=True))
        return FilterChoice(
            min_length_px=length_px,
            min_peak_probability=peak,
            min_mean_probability=mean,
            target_share=target_share,
            share_before=float(share[0, 0, 0]) if self._crack_free else None,
            share_after=float(share[at]) if self._crack_free else None,
            recall_before=float(recall[0, 0, 0]) if self._recall else None,
            recall_after=float(recall[at]) if self._recall else None,
            target_met=target_met,
        )

    def _mean_recall(self, set_weights: Mapping[str, float]) -> FloatArray:
        if not self._recall:
            return np.zeros(self._shape)
        by_set = [_sum_from_far_end(sums) / self._cracked[name] for name, sums in self._recall.items()]
        weights = [set_weights.get(name, 1.0) for name in self._recall]
        return np.asarray(np.average(by_set, axis=0, weights=weights))

    def _corner(self, region: Candidate) -> tuple[int, int, int]:
        """Return the strictest filter of the grid that the region still passes."""
        values = (region.length_px, region.peak_probability, region.mean_probability)
        length, peak, mean = (
            int(np.searchsorted(axis, value, side="right")) - 1
            for axis, value in zip(self.axes, values, strict=True)
        )
        return length, peak, mean


def _probability_grid(threshold: float) -> FloatArray:
    """Return 0, then probabilities from the threshold up, even in logits: most cracks crowd near 1."""
    low, high = (np.log(p / (1 - p)) for p in (np.clip(threshold, 0.01, 0.98), _LARGEST_PROBABILITY))
    logits = np.linspace(low, high, _PROBABILITY_STEPS)[1:]
    return np.unique(np.concatenate([[0.0], np.round(1 / (1 + np.exp(-logits)), 3)]))


def _sum_from_far_end(values: NDArray[_Number]) -> NDArray[_Number]:
    for axis in range(values.ndim):
        values = np.flip(np.cumsum(np.flip(values, axis), axis), axis)
    return values
