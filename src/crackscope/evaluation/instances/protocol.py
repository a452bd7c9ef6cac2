"""The protocol: judge what finds cracks one by one, at native resolution, against untouched masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from crackscope.datasets import Sample
from crackscope.datasets.instances import single_cracks
from crackscope.engine.found_instance import FoundInstance
from crackscope.evaluation.figures import Figure
from crackscope.evaluation.instances.evaluation import InstanceEvaluation, InstanceGroup
from crackscope.evaluation.instances.figures import (
    REPLICATES,
    Judged,
    Measured,
    draw_pictures,
    mean_over_sets,
)
from crackscope.evaluation.instances.tally import Column, tally_picture
from crackscope.evaluation.protocol import OVERALL
from crackscope.evaluation.samples import Failure, read_readable
from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.training.instance_matching import match_picture

Find = Callable[[RgbPixels], Sequence[FoundInstance]]
"""From uint8 pixels (H, W, 3) to everything that might be a crack, surest first."""


def evaluate_instances(
    find: Find,
    samples: Iterable[Sample],
    *,
    threshold: float,
    seed: int = 0,
    progress: Callable[[Sample], None] | None = None,
    replicates: int = REPLICATES,
) -> InstanceEvaluation:
    """Judge by the protocol of ``docs/instances.md``.

    Pictures stream by one at a time; what is kept of each is a row of numbers, and which of what was found is
    true.

    Parameters
    ----------
    find : callable
        From uint8 pixels (H, W, 3) to cracks, also to those below the threshold: average precision wants the
        doubtful ones as well.
    samples : iterable of Sample
    threshold : float
        A crack where the score is at least this; frozen on other pictures than these.
    seed : int
        Of the bootstrap.
    progress : callable, optional
        Called with each sample when it is done.
    replicates : int
        Bootstrap draws.

    Returns
    -------
    InstanceEvaluation
        Samples that could not be read are listed in its `failures`.

    Raises
    ------
    DatasetError
        If not one sample could be read.
    """
    judged: dict[str, Judged] = {}
    failures: list[Failure] = []
    for sample, pixels, truth in read_readable(samples, failures, progress=progress):
        own = judged.setdefault(sample.set_name, Judged())
        judge_picture(own, sample.together, find(pixels), truth, threshold=threshold)
    return _conclude(judged, threshold=threshold, seed=seed, replicates=replicates, failures=failures)


def judge_picture(
    judged: Judged, source: str, found: Sequence[FoundInstance], truth: BoolMask, *, threshold: float
) -> None:
    """Add one picture to a set.

    Parameters
    ----------
    judged : Judged
    source : str
        The source photo, or the group of those that show the same.
    found : sequence of FoundInstance
    truth : bool array, shape (H, W)
        All cracks of the picture; they are taken apart here.
    threshold : float
    """
    true = [crack.mask for crack in single_cracks(truth)]
    by_mask, by_box = (match_picture(true, found, by=by) for by in ("mask", "box"))
    row = tally_picture(found, by_mask, truth, threshold=threshold)
    judged.add(source, row, by_mask=by_mask, by_box=by_box)


def measure_judged(
    judged: Mapping[str, Judged], *, seed: int, replicates: int
) -> tuple[dict[str, Measured], Measured]:
    """Work out the figures of sets, and of all their pictures together.

    Draw k draws the same source photos for every model that was judged on the same pictures.

    Parameters
    ----------
    judged : mapping of Judged
        By set.
    seed, replicates : int
        Of the bootstrap.

    Returns
    -------
    sets : dict of Measured
        Sorted by name.
    overall : Measured
        Equal to the one set where there is only one.
    """
    sets: dict[str, Measured] = {}
    for name in sorted(judged):
        times = draw_pictures(judged[name], seed=seed, stream=name, replicates=replicates)
        sets[name] = Measured.of(judged[name], times)
    if len(sets) == 1:
        (overall,) = sets.values()
        return sets, overall
    # Each draw of the whole is a draw of every set, so that the mixture of sets stays as it is.
    times = np.concatenate([each.times for each in sets.values()], axis=1)
    return sets, Measured.of(_together([each.judged for each in sets.values()]), times)


def _conclude(
    judged: dict[str, Judged], *, threshold: float, seed: int, replicates: int, failures: list[Failure]
) -> InstanceEvaluation:
    sets, overall = measure_judged(judged, seed=seed, replicates=replicates)
    mean: dict[str, Figure] = mean_over_sets(list(sets.values()))
    return InstanceEvaluation(
        sets=tuple(_group(name, each) for name, each in sets.items()),
        overall=_group(OVERALL, overall),
        mean_over_sets=mean,
        threshold=threshold,
        seed=seed,
        replicates=replicates,
        failures=tuple(failures),
    )


def _together(sets: Sequence[Judged]) -> Judged:
    every = Judged()
    for number, own in enumerate(sets):
        every.source += [f"{number} {source}" for source in own.source]
        every.rows += own.rows
        for by, matches in own.matches.items():
            every.matches[by] += matches
    return every


def _group(name: str, measured: Measured) -> InstanceGroup:
    total = measured.judged.total()
    return InstanceGroup(
        name=name,
        pictures=int(total[Column.PICTURES]),
        cracked=int(total[Column.CRACKED]),
        sources=measured.judged.sources,
        cracks=int(total[Column.TRUE]),
        figures=measured.figures,
    )
