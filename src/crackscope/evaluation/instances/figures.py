"""Every figure of the instance protocol, with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from crackscope.evaluation.bootstrap import resample_sums
from crackscope.evaluation.figures import Figure, with_interval
from crackscope.evaluation.instances.tally import Column
from crackscope.imaging.arrays import FloatArray
from crackscope.training.average_precision import RankedMatches
from crackscope.training.instance_matching import By, PictureMatches
from crackscope.training.ranking import ratio

REPLICATES = 1000
"""Every draw ranks all that was found anew; 1,000 settle the second decimal of an interval's ends."""

AVERAGED_OVER_SETS = ("mask_map", "mask_ap50", "mask_ap75", "box_map", "box_ap50", "instance_f1", "f1")
"""Figures that are also given as the plain mean over the sets that have cracks."""

RANKED: Mapping[str, str] = {
    "mask_map": "mask mAP, IoU 0.50 to 0.95",
    "mask_ap50": "mask AP at IoU 0.50",
    "mask_ap75": "mask AP at IoU 0.75",
    "mask_ar": "mask AR, at most 100 a picture",
    "box_map": "box mAP, IoU 0.50 to 0.95",
    "box_ap50": "box AP at IoU 0.50",
}
"""COCO's figures: name and title."""

_Counted = Callable[[FloatArray], FloatArray]


@dataclass(slots=True)
class Judged:
    """What is kept of a set while its pictures stream by.

    Parameters
    ----------
    source : list of str
        The source photo of each picture, or the group of those that show the same.
    rows : list of float64 arrays, shape (len(Column),)
    matches : mapping of lists of PictureMatches
    """

    source: list[str] = field(default_factory=list)
    rows: list[FloatArray] = field(default_factory=list)
    matches: dict[By, list[PictureMatches]] = field(default_factory=lambda: {"mask": [], "box": []})

    def add(self, source: str, row: FloatArray, *, by_mask: PictureMatches, by_box: PictureMatches) -> None:
        """Take one picture."""
        self.source.append(source)
        self.rows.append(row)
        self.matches["mask"].append(by_mask)
        self.matches["box"].append(by_box)

    @property
    def sources(self) -> int:
        """Number of source photos."""
        return len(set(self.source))

    def total(self) -> FloatArray:
        """Return the sum of the rows."""
        return np.asarray(np.array(self.rows).reshape(-1, len(Column)).sum(axis=0), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The figures of some pictures, and what they become in each bootstrap draw.

    Parameters
    ----------
    judged : Judged
    times : float64 array, shape (replicates, pictures)
        How often each picture counts in each draw.
    ranked : float64 array, shape (replicates, len(RANKED))
    figures : mapping of Figure
        By name: `RANKED`, then `COUNTED`.
    """

    judged: Judged
    times: FloatArray
    ranked: FloatArray
    figures: Mapping[str, Figure]

    @classmethod
    def of(cls, judged: Judged, times: FloatArray) -> Measured:
        """Work out every figure."""
        values, drawn = ranked(judged, None)[0], ranked(judged, times)
        figures = {}
        for at, name in enumerate(RANKED):
            figures[name] = with_interval(float(values[at]), drawn[:, at], sources=judged.sources)
        total, sums = judged.total(), times @ np.array(judged.rows)
        for name, kind in COUNTED.items():
            figures[name] = with_interval(
                float(kind.formula(total)),
                kind.formula(sums),
                sources=judged.sources,
                photos=None if kind.photos is None else int(kind.photos(total)),
            )
        return cls(judged, times, drawn, figures)

    def drawn(self, name: str) -> FloatArray:
        """Return what a figure becomes in each draw, float64 (replicates,); nan where it is undefined."""
        if name in RANKED:
            return np.asarray(self.ranked[:, list(RANKED).index(name)])
        return COUNTED[name].formula(self.times @ np.array(self.judged.rows))


def draw_pictures(judged: Judged, *, seed: int, stream: str, replicates: int) -> FloatArray:
    """Draw a set's source photos with replacement; see `resample_sums`.

    Returns
    -------
    float64 array, shape (replicates, pictures)
        How often each picture counts.
    """
    names = sorted(set(judged.source))
    belongs = np.array([[own == name for own in judged.source] for name in names], np.float64)
    return resample_sums(belongs, seed=seed, stream=stream, replicates=replicates)


def ranked(judged: Judged, times: FloatArray | None) -> FloatArray:
    """Work out COCO's figures of pictures, or of each draw of them.

    Parameters
    ----------
    judged : Judged
    times : float64 array, shape (replicates, pictures), optional

    Returns
    -------
    float64 array, shape (replicates or 1, len(RANKED))
        nan where there is no true crack.
    """
    by_mask, by_box = (RankedMatches.of(judged.matches[by]) for by in ("mask", "box"))
    rows = []
    for weights in [None] if times is None else times:
        mask, box = by_mask.average_precision(weights), by_box.average_precision(weights)
        recall = by_mask.recall(weights)
        rows.append([mask.mean(), mask[0], mask[5], recall.mean(), box.mean(), box[0]])
    return np.array(rows)


def mean_over_sets(sets: Sequence[Measured]) -> dict[str, Figure]:
    """Average figures over the sets that have cracks; each weighs the same, whatever its size."""
    cracked = [each for each in sets if each.judged.total()[Column.CRACKED]]
    if not cracked:
        return dict.fromkeys(AVERAGED_OVER_SETS, Figure(None, None))
    fewest = min(each.judged.sources for each in cracked)
    mean = {}
    for name in AVERAGED_OVER_SETS:
        value = np.mean([_number(each.figures[name].value) for each in cracked])
        drawn = np.mean([each.drawn(name) for each in cracked], axis=0)
        mean[name] = with_interval(float(value), drawn, sources=fewest)
    return mean


def _number(value: float | None) -> float:
    return np.nan if value is None else value


@dataclass(frozen=True, slots=True)
class CountedKind:
    """One figure over tallies.

    Parameters
    ----------
    title : str
    formula : callable
        From tallies of shape (..., len(Column)) to figures of shape (...); nan where undefined.
    photos : callable, optional
        For a share of photos: what counts the photos.
    """

    title: str
    formula: _Counted
    photos: _Counted | None = None


def _share(part: Column, *whole: Column) -> _Counted:
    return lambda sums: ratio(sums[..., part], sums[..., list(whole)].sum(axis=-1))


def _f1(hits: Column, ours: list[Column], theirs: list[Column]) -> _Counted:
    def formula(sums: FloatArray) -> FloatArray:
        wanted = sums[..., theirs].sum(axis=-1)
        either = sums[..., ours].sum(axis=-1) + wanted
        return np.where(wanted > 0, ratio(2 * sums[..., hits], either), np.nan)

    return formula


def _crack_free(sums: FloatArray) -> FloatArray:
    return np.asarray(sums[..., Column.PICTURES] - sums[..., Column.CRACKED])


COUNTED: Mapping[str, CountedKind] = {
    "instance_f1": CountedKind(
        "F1 of cracks at IoU 0.50", _f1(Column.MATCHED, [Column.FOUND], [Column.TRUE])
    ),
    "instance_precision": CountedKind(
        "precision of cracks at IoU 0.50", _share(Column.MATCHED, Column.FOUND)
    ),
    "instance_recall": CountedKind("recall of cracks at IoU 0.50", _share(Column.MATCHED, Column.TRUE)),
    "f1": CountedKind(
        "F1 of pixels, all cracks together",
        _f1(Column.TP, [Column.TP, Column.FP], [Column.TP, Column.FN]),
    ),
    "precision": CountedKind(
        "precision of pixels, all cracks together", _share(Column.TP, Column.TP, Column.FP)
    ),
    "recall": CountedKind("recall of pixels, all cracks together", _share(Column.TP, Column.TP, Column.FN)),
    "cracked_with_report_share": CountedKind(
        "cracked pictures with a crack found, share",
        _share(Column.CRACKED_WITH_FOUND, Column.CRACKED),
        photos=lambda sums: np.asarray(sums[..., Column.CRACKED]),
    ),
    "false_alarm_share": CountedKind(
        "crack-free pictures with a crack found, share",
        lambda sums: ratio(sums[..., Column.CRACK_FREE_WITH_FOUND], _crack_free(sums)),
        photos=_crack_free,
    ),
    "false_alarms_per_photo": CountedKind(
        "false alarms per crack-free picture",
        lambda sums: ratio(sums[..., Column.FALSE_ALARMS], _crack_free(sums)),
    ),
}
"""Figures at the frozen threshold, by name."""
