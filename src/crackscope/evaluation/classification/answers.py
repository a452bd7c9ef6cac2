"""What a classifier answered, beside the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """A classifier's answers for pictures or patches, as arrays over them.

    Parameters
    ----------
    probability : float64 array, shape (N,)
        Of a crack, 0…1.
    cracked : bool array, shape (N,)
        The truth.
    source : int array, shape (N,)
        Number of the photo that each was cut from, counted from 0 without gaps.
    """

    probability: FloatArray
    cracked: NDArray[np.bool_]
    source: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.probability)

    @property
    def sources(self) -> int:
        """Number of source photos."""
        return int(self.source.max()) + 1 if len(self) else 0

    def sources_of(self, chosen: NDArray[np.bool_]) -> int:
        """Count the source photos of some of the answers, chosen by a bool array, shape (N,)."""
        return len(np.unique(self.source[chosen]))


def together(parts: list[Answers]) -> Answers:
    """Join the answers for several sets; source photos of different sets are different ones."""
    offsets = np.cumsum([0, *(part.sources for part in parts[:-1])])
    return Answers(
        np.concatenate([part.probability for part in parts]),
        np.concatenate([part.cracked for part in parts]),
        np.concatenate([part.source + offset for part, offset in zip(parts, offsets, strict=True)]),
    )
