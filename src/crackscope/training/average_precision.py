"""COCO's average precision and recall, of pictures that count once or several times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray
from crackscope.training.instance_matching import IOUS, PictureMatches

RECALLS: FloatArray = np.linspace(0.0, 1.0, 101)
"""Where COCO reads the precision off."""


@dataclass(frozen=True, slots=True, eq=False)
class RankedMatches:
    """Everything that was found in some pictures, surest first.

    Parameters
    ----------
    scores : float64 array, shape (found,)
    matched : bool array, shape (10, found)
        At each of `IOUS`.
    picture : int array, shape (found,)
        Number of the picture.
    truths : int array, shape (pictures,)
        True cracks of each.
    """

    scores: FloatArray
    matched: NDArray[np.bool_]
    picture: NDArray[np.intp]
    truths: NDArray[np.intp]

    @classmethod
    def of(cls, pictures: Sequence[PictureMatches]) -> RankedMatches:
        """Rank what was found in pictures; of equal scores, the earlier picture's first, as COCO does."""
        scores = np.concatenate([np.zeros(0), *(each.scores for each in pictures)])
        matched = np.concatenate(
            [np.zeros((len(IOUS), 0), np.bool_), *(each.matched for each in pictures)], axis=1
        )
        picture = np.repeat(np.arange(len(pictures)), [len(each.scores) for each in pictures])
        order = np.argsort(-scores, kind="stable")
        truths = np.array([each.truths for each in pictures], np.intp)
        return cls(scores[order], matched[:, order], picture[order], truths)

    def average_precision(self, weights: FloatArray | None = None) -> FloatArray:
        """Average the precision over recalls.

        Parameters
        ----------
        weights : float64 array, shape (pictures,), optional
            How often each picture counts; once by default.

        Returns
        -------
        float64 array, shape (10,)
            At each of `IOUS`; nan where there is no true crack.

        Notes
        -----
        Equals what COCO's tools give for a set that holds each picture so often; of equal scores within a
        picture, theirs then take turns.
        """
        weights = np.ones(len(self.truths)) if weights is None else weights
        total = float(weights @ self.truths)
        if total == 0:
            return np.full(len(IOUS), np.nan)
        counts = weights[self.picture]
        true = np.cumsum(self.matched * counts, axis=1)
        everything = np.cumsum(counts)
        precision = true / np.maximum(everything, np.spacing(1))
        best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        best = np.concatenate([best, np.zeros((len(IOUS), 1))], axis=1)  # recalls that are never reached
        reached = true / total
        return np.array(
            [
                own[np.searchsorted(recall, RECALLS, side="left")].mean()
                for own, recall in zip(best, reached, strict=True)
            ]
        )

    def recall(self, weights: FloatArray | None = None) -> FloatArray:
        """Return the share of the true cracks that were found, at each of `IOUS`; nan where there is none.

        Parameters
        ----------
        weights : float64 array, shape (pictures,), optional
        """
        weights = np.ones(len(self.truths)) if weights is None else weights
        total = float(weights @ self.truths)
        if total == 0:
            return np.full(len(IOUS), np.nan)
        return np.asarray((self.matched * weights[self.picture]).sum(axis=1) / total)
