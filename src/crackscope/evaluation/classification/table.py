"""An evaluation of a classifier as rows of text."""

from __future__ import annotations

from collections.abc import Mapping

from crackscope.evaluation.classification.evaluation import ClassificationEvaluation, ClassificationGroup
from crackscope.evaluation.classification.figures import CONFUSION, FIGURES
from crackscope.evaluation.table import FigureTable, interval_text, value_text

_OVERVIEW: Mapping[str, str] = {
    "accuracy": "accuracy",
    "precision": "P",
    "recall": "R",
    "f1": "F1",
    "auroc": "AUROC",
    "average_precision": "AP",
    "calibration_error": "ECE",
}


def overview(evaluation: ClassificationEvaluation) -> FigureTable:
    """Return one row per set, then all together where there are several."""
    rows = [_overview_row(group, group.name) for group in evaluation.sets]
    if len(rows) > 1:
        rows.append(_overview_row(evaluation.overall, "all together"))
    header = ("set", "judged", "cracked", "left out", *_OVERVIEW.values(), "oracle F1 (at)")
    return FigureTable(f"At the threshold of {evaluation.threshold:g}", header, tuple(rows))


def details(group: ClassificationGroup) -> FigureTable:
    """Return one row per figure of a group, with its 95 % interval."""
    rows: list[tuple[str | int | None, ...]] = []
    for kind in FIGURES:
        figure = group.figures[kind.name]
        if figure.value is None and kind.name.startswith("screened"):
            continue
        rows.append((kind.title, value_text(figure), interval_text(figure.interval)))
    if group.oracle is not None:
        title = f"oracle: F1 at the best threshold for these answers, {group.oracle.threshold:g}"
        rows.append((title, f"{group.oracle.f1:.3f}", None))
    what = "pictures" if group.whole else f"pictures and patches of {group.pictures} pictures"
    title = f"{group.name}: {group.judged} {what}, {group.sources} source photos"
    if group.left_out:
        title += f"; {group.left_out} patches with too little of a crack left out"
    return FigureTable(title, ("figure", "value", "95 % interval"), tuple(rows))


def confusion(group: ClassificationGroup) -> FigureTable:
    """Return the confusion matrix of a group: truth by rows, answers by columns."""
    found, missed, alarmed, passed = (int(group.figures[name].value or 0) for name in CONFUSION)
    rows = (("cracked", found, missed), ("crack-free", alarmed, passed))
    return FigureTable(group.name, ("truth", "called cracked", "called crack-free"), rows)


def _overview_row(group: ClassificationGroup, name: str) -> tuple[str | int | None, ...]:
    oracle = group.oracle
    return (
        name,
        group.judged,
        group.cracked,
        group.left_out or None,
        *(value_text(group.figures[each]) for each in _OVERVIEW),
        None if oracle is None else f"{oracle.f1:.3f} ({oracle.threshold:g})",
    )
