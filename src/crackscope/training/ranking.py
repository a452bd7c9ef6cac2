"""How well cracked pictures are ranked above crack-free ones, whatever the threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray


class Ranking:
    """The order of answers by probability, made once for any number of weightings of them.

    Parameters
    ----------
    probability : float64 array, shape (N,)
    cracked : bool array, shape (N,)

    Examples
    --------
    >>> ranking = Ranking(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False]))
    >>> float(ranking.auroc(np.ones(4)))  # of four pairs three are in order, and one is a tie
    0.875
    """

    def __init__(self, probability: FloatArray, cracked: NDArray[np.bool_]) -> None:
        self._order = np.argsort(probability, kind="stable")
        ordered = probability[self._order]
        self._groups = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))  # equal ones together
        self._cracked = cracked[self._order].astype(np.float64)

    def auroc(self, weights: FloatArray) -> FloatArray:
        """Return the area under the ROC curve: how often a cracked one ranks above a crack-free one.

        Parameters
        ----------
        weights : float64 array, shape (..., N)
            How often each answer counts.

        Returns
        -------
        float64 array, shape (...)
            Ties count half; nan where one of the classes is missing.

        References
        ----------
        Hanley and McNeil (1982), "The meaning and use of the area under a receiver operating characteristic
        (ROC) curve".
        """
        cracked, free = self._by_group(weights)
        free_below = np.cumsum(free, axis=-1) - free / 2
        pairs = cracked.sum(axis=-1) * free.sum(axis=-1)
        return ratio((cracked * free_below).sum(axis=-1), pairs)

    def average_precision(self, weights: FloatArray) -> FloatArray:
        """Return the mean precision over the thresholds at which a cracked one is found.

        Parameters
        ----------
        weights : float64 array, shape (..., N)

        Returns
        -------
        float64 array, shape (...)
            Nan where nothing is cracked.

        References
        ----------
        Davis and Goadrich (2006), "The relationship between precision-recall and ROC curves": without the
        straight lines between points that they warn of.
        """
        cracked, free = self._by_group(weights)
        found = np.cumsum(cracked[..., ::-1], axis=-1)[..., ::-1]
        alarms = np.cumsum(free[..., ::-1], axis=-1)[..., ::-1]
        precision = np.nan_to_num(ratio(found, found + alarms))
        return ratio((cracked * precision).sum(axis=-1), cracked.sum(axis=-1))

    def _by_group(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Add up the weights of cracked and of crack-free answers of one probability, lowest first."""
        if not len(self._order):
            empty = np.zeros((*weights.shape[:-1], 0))
            return empty, empty
        ordered = weights[..., self._order]
        both = np.add.reduceat(ordered, self._groups, axis=-1)
        cracked = np.add.reduceat(ordered * self._cracked, self._groups, axis=-1)
        return cracked, both - cracked


def best_threshold(
    probability: FloatArray, cracked: NDArray[np.bool_], weights: FloatArray
) -> tuple[float, float]:
    """Find the threshold of highest weighted F1.

    Parameters
    ----------
    probability : float64 array, shape (N,)
    cracked : bool array, shape (N,)
        True for some.
    weights : float64 array, shape (N,)

    Returns
    -------
    threshold : float
        Half-way between two answers; of several as good, where the answers on either side are farthest apart.
    f1 : float

    Examples
    --------
    >>> threshold, f1 = best_threshold(np.array([0.1, 0.2, 0.8]), np.array([False, False, True]), np.ones(3))
    >>> round(threshold, 3), f1
    (0.5, 1.0)
    """
    order = np.argsort(-probability, kind="stable")
    ordered = probability[order]
    found = np.cumsum((weights * cracked)[order])
    called = np.cumsum(weights[order])
    f1 = 2 * found / (called + found[-1])
    below = np.append(ordered[1:], 0.0)
    gap = ordered - below
    f1[gap == 0] = -1  # equal answers cannot be told apart
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    at = best[np.argmax(gap[best])]
    return float((ordered[at] + below[at]) / 2), float(f1[at])


def ratio(over: FloatArray, under: FloatArray) -> FloatArray:
    """Divide; nan where the divisor is 0."""
    over, under = np.asarray(over, float), np.asarray(under, float)
    return np.asarray(np.divide(over, under, out=np.full(over.shape, np.nan), where=under > 0))
