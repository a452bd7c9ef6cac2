"""An evaluation as rows of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crackscope.evaluation.bootstrap import Interval
from crackscope.evaluation.evaluation import Evaluation, GroupResult
from crackscope.evaluation.figures import FIGURES, Figure

_OVERVIEW: Mapping[str, str] = {
    "f1": "F1",
    "iou": "IoU",
    "precision": "P",
    "recall": "R",
    "image_f1": "F1/picture",
    "f1_2px": "F1 2 px",
    "centreline_iou_4px": "clIoU 4 px",
    "reported_f1": "F1 reported",
    "false_alarm_share": "false alarms",
}


@dataclass(frozen=True, slots=True)
class FigureTable:
    """A table to show: title, header and rows of cells that are text, whole numbers or None."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | int | None, ...], ...]


def value_text(figure: Figure | None) -> str | None:
    """Write a figure; None where there is none, or where it is undefined."""
    return None if figure is None or figure.value is None else f"{figure.value:.3f}"


def interval_text(interval: Interval | None, decimals: int = 3) -> str | None:
    """Write an interval; None where there is none."""
    return None if interval is None else f"{interval.low:.{decimals}f}–{interval.high:.{decimals}f}"


def overview(evaluation: Evaluation) -> FigureTable:
    """Return one row per set, then all together and the mean over sets where there are several sets.

    An oracle column stands beside the frozen figures, at the far right.
    """
    groups = list(evaluation.sets)
    rows = [_overview_row(group) for group in groups]
    if len(groups) > 1:
        rows.append(_overview_row(evaluation.overall, name="all pictures"))
        mean = [value_text(evaluation.mean_over_sets.get(name)) for name in _OVERVIEW]
        rows.append(("mean over sets", None, None, *mean, None, None))
    header = ("set", "pictures", "crack-free", *_OVERVIEW.values(), "ECE", "oracle F1 (at)")
    return FigureTable(f"At the threshold of {evaluation.threshold:g}", header, tuple(rows))


def details(group: GroupResult) -> FigureTable:
    """Return one row per figure of a group, with its 95 % interval."""
    rows: list[tuple[str | int | None, ...]] = []
    for kind in FIGURES:
        figure = group.figures[kind.name]
        rows.append((kind.title, value_text(figure), interval_text(figure.interval)))
    ece = group.calibration_error
    rows.append(("expected calibration error", None if ece is None else f"{ece:.4f}", None))
    if group.oracle is not None:
        title = f"oracle: F1 at the best threshold for these pictures, {group.oracle.threshold:g}"
        rows.append((title, f"{group.oracle.f1:.3f}", None))
    title = f"{group.name}: {group.pictures} pictures of {group.sources} source photos"
    return FigureTable(title, ("figure", "value", "95 % interval"), tuple(rows))


def _overview_row(group: GroupResult, *, name: str | None = None) -> tuple[str | int | None, ...]:
    ece, oracle = group.calibration_error, group.oracle
    return (
        name or group.name,
        group.pictures,
        group.crack_free,
        *(value_text(group.figures[each]) for each in _OVERVIEW),
        None if ece is None else f"{ece:.4f}",
        None if oracle is None else f"{oracle.f1:.3f} ({oracle.threshold:g})",
    )
