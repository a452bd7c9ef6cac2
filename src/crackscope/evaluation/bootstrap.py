"""How far a figure would move with other photos of the same kind."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray

REPLICATES = 2000
LEVEL = 0.95
FEWEST_SOURCES = 2
_SEED_WORD = 0xB007
_WEIGHTS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A range that covers the figure of the whole population with a stated probability."""

    low: float
    high: float


def resample_sums(
    by_source: FloatArray, *, seed: int, stream: str = "", replicates: int = REPLICATES
) -> FloatArray:
    """Draw source photos with replacement and add up what each gives.

    Pictures cut from one photo are alike, so they are drawn together: an interval over single pictures would
    be too narrow.

    Parameters
    ----------
    by_source : float64 array, shape (sources, columns)
        Sums over the pictures of each source photo.
    seed : int
    stream : str
        Named streams of one seed are independent; one per set, so that adding a set does not move the others.
    replicates : int
        How many draws.

    Returns
    -------
    float64 array, shape (replicates, columns)
        Sums over the sources of each draw; each draw has as many sources as there are.

    References
    ----------
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap"; Field and Welsh (2007), "Bootstrapping
    clustered data".

    Examples
    --------
    >>> resample_sums(np.array([[3.0, 1.0]]), seed=0, replicates=2)
    array([[3., 1.],
           [3., 1.]])
    """
    sources = len(by_source)
    if sources == 0:
        return np.zeros((replicates, by_source.shape[1]))
    step = max(1, _WEIGHTS_AT_ONCE // sources)
    drawn = times_drawn(sources, seed=seed, stream=stream, replicates=replicates, at_once=step)
    return np.concatenate([times @ by_source for times in drawn])


def times_drawn(
    sources: int, *, seed: int, stream: str = "", replicates: int = REPLICATES, at_once: int
) -> Iterator[NDArray[np.int64]]:
    """Draw source photos with replacement.

    Parameters
    ----------
    sources : int
        Number of source photos, at least 1.
    seed : int
    stream : str
        See `resample_sums`; the draws are the same.
    replicates : int
    at_once : int
        How many draws are made at once: memory for so many times `sources` numbers is taken.

    Yields
    ------
    int64 array, shape (at most at_once, sources)
        How often each source is in each of the draws.
    """
    # NumPy pads seeds with zeros, so [seed, 0] would repeat the plain seed's stream: a word goes first.
    generator = np.random.default_rng([_SEED_WORD, zlib.crc32(stream.encode()), seed])
    for start in range(0, replicates, at_once):
        count = min(at_once, replicates - start)
        yield generator.multinomial(sources, np.full(sources, 1 / sources), size=count)


def percentile_interval(replicated: FloatArray, *, level: float = LEVEL) -> Interval | None:
    """Return the middle part of a figure's bootstrap distribution.

    Parameters
    ----------
    replicated : float64 array, shape (replicates,)
        The figure in every draw; nan where it is undefined.
    level : float
        Probability inside the interval.

    Returns
    -------
    Interval or None
        None where the figure is defined in fewer than half of the draws.

    Examples
    --------
    >>> percentile_interval(np.arange(101.0), level=0.5)
    Interval(low=25.0, high=75.0)
    """
    defined = replicated[~np.isnan(replicated)]
    if len(defined) < max(1, len(replicated) / 2):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def none_seen_bound(photos: int, *, level: float = LEVEL) -> float:
    """Return the largest share of photos that may still show a thing seen in none of them.

    A bootstrap of zeros gives nothing but zeros; "0 of 30" is still no proof of 0 %.

    Parameters
    ----------
    photos : int
        Independent photos looked at, at least 1.
    level : float
        The bound is the upper end of the exact two-sided interval of this level.

    References
    ----------
    Clopper and Pearson (1934), "The use of confidence or fiducial limits", for zero events.

    Examples
    --------
    >>> round(none_seen_bound(30), 3)
    0.116
    """
    return float(1 - ((1 - level) / 2) ** (1 / photos))
