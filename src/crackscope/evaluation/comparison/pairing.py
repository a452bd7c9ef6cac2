"""Whether one run is really better than another on the same photos."""

from __future__ import annotations

from dataclasses import dataclass

from crackscope.evaluation.bootstrap import Interval, percentile_interval
from crackscope.evaluation.comparison.judge import Judged


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure less that of another model on the same pictures.

    Parameters
    ----------
    value : float
    interval : Interval or None
        95 % interval of the difference, paired: both models judged on the same draws of source photos. None
        with too few source photos.
    """

    value: float
    interval: Interval | None

    @property
    def distinguishable(self) -> bool | None:
        """Whether the interval leaves out zero; None where there is none."""
        return None if self.interval is None else not self.interval.low <= 0 <= self.interval.high


def difference(own: Judged, other: Judged, figure: str) -> Difference | None:
    """Compare two models by their main figure, source photo by source photo.

    An interval of the difference is much narrower than the intervals of the two figures let one think: a hard
    photo is hard for both.

    Parameters
    ----------
    own, other : Judged
        On the same samples with the same seed.
    figure : str
        Name of the main figure.

    Returns
    -------
    Difference or None
        None where either figure is undefined.

    References
    ----------
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap"; Koehn (2004), "Statistical significance
    tests for machine translation evaluation", for the paired form.
    """
    mine, theirs = own.figures[figure], other.figures[figure]
    if mine.value is None or theirs.value is None:
        return None
    known = mine.interval is not None and theirs.interval is not None
    interval = percentile_interval(own.main_draws - other.main_draws) if known else None
    return Difference(mine.value - theirs.value, interval)
