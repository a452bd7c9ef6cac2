"""An evaluation of single cracks as rows of text."""

from __future__ import annotations

from collections.abc import Mapping

from crackscope.evaluation.instances.evaluation import InstanceEvaluation, InstanceGroup
from crackscope.evaluation.instances.figures import COUNTED, RANKED
from crackscope.evaluation.table import FigureTable, interval_text, value_text

_OVERVIEW: Mapping[str, str] = {
    "mask_map": "mask mAP",
    "mask_ap50": "mask AP50",
    "mask_ap75": "mask AP75",
    "box_map": "box mAP",
    "box_ap50": "box AP50",
    "instance_f1": "F1 of cracks",
    "f1": "F1 of pixels",
    "false_alarm_share": "false alarms",
}


def overview(evaluation: InstanceEvaluation) -> FigureTable:
    """Return one row per set, then all together and the mean over sets where there are several sets."""
    rows = [_overview_row(group, group.name) for group in evaluation.sets]
    if len(rows) > 1:
        rows.append(_overview_row(evaluation.overall, "all pictures"))
        mean = [value_text(evaluation.mean_over_sets.get(name)) for name in _OVERVIEW]
        rows.append(("mean over sets", None, None, None, *mean))
    header = ("set", "pictures", "crack-free", "cracks", *_OVERVIEW.values())
    return FigureTable(f"At the score of {evaluation.threshold:g}", header, tuple(rows))


def details(group: InstanceGroup) -> FigureTable:
    """Return one row per figure of a group, with its 95 % interval."""
    titles = dict(RANKED) | {name: kind.title for name, kind in COUNTED.items()}
    rows = [
        (titles[name], value_text(figure), interval_text(figure.interval))
        for name, figure in group.figures.items()
    ]
    title = (
        f"{group.name}: {group.cracks} cracks in {group.pictures} pictures of {group.sources} source photos"
    )
    return FigureTable(title, ("figure", "value", "95 % interval"), tuple(rows))


def _overview_row(group: InstanceGroup, name: str) -> tuple[str | int | None, ...]:
    figures = (value_text(group.figures[each]) for each in _OVERVIEW)
    return (name, group.pictures, group.crack_free, group.cracks, *figures)
