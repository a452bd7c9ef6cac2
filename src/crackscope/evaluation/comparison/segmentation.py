"""How segmentation runs are judged: the protocol's figures at the frozen threshold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from crackscope.datasets.find import find_samples
from crackscope.datasets.sample import Sample
from crackscope.evaluation.bootstrap import resample_sums
from crackscope.evaluation.calibration import Reliability
from crackscope.evaluation.comparison.judge import Drawn, FigureColumn, Judge, Judged
from crackscope.evaluation.comparison.segmentation_pictures import (
    LEGEND,
    VIEWS,
    draw_answer,
    draw_truth,
)
from crackscope.evaluation.comparison.true_widths import with_true_widths
from crackscope.evaluation.figures import FIGURES, Figure, summarise
from crackscope.evaluation.predictors import open_predictor
from crackscope.evaluation.protocol import checked_probability
from crackscope.evaluation.samples import Failure, read_readable
from crackscope.evaluation.tally import Column, tally_picture
from crackscope.imaging.arrays import FloatArray
from crackscope.training.recipe import SEGMENT

CALIBRATION_ERROR = "calibration_error"
_F1 = next(kind for kind in FIGURES if kind.name == "f1")


def judge_segmentation(
    model: Path,
    samples: Sequence[Sample],
    *,
    shown: Collection[Path],
    seed: int,
    threads: int | None,
    progress: Callable[[Sample], None],
) -> Judged:
    """Judge a model file as `crackscope.evaluation.evaluate` does; see `JudgeModel`."""
    predictor = open_predictor(str(model), threads=threads)
    by_set: dict[str, dict[str, FloatArray]] = {}
    reliability = Reliability()
    failures: list[Failure] = []
    drawn: dict[Path, Drawn] = {}
    for sample, pixels, truth in read_readable(samples, failures, progress=progress):
        probability = checked_probability(predictor.predict, pixels, name=sample.key)
        reliability.add(probability, truth)
        row = tally_picture(
            probability,
            truth,
            threshold=predictor.facts.threshold,
            crack_filter=predictor.crack_filter,
        )
        by_source = by_set.setdefault(sample.set_name, {})
        by_source[sample.together] = by_source.get(sample.together, 0) + row
        if sample.image in shown:
            views = draw_answer(truth, probability, threshold=predictor.facts.threshold)
            drawn[sample.image] = Drawn(views, _caption(row))
    return _conclude(by_set, reliability, seed=seed, failures=failures, drawn=drawn)


def _conclude(
    by_set: Mapping[str, Mapping[str, FloatArray]],
    reliability: Reliability,
    *,
    seed: int,
    failures: Sequence[Failure],
    drawn: Mapping[Path, Drawn],
) -> Judged:
    """Work out figures over all sets; each set is redrawn by itself, as in an evaluation."""
    rows = {name: np.array(list(by_set[name].values())) for name in sorted(by_set)}
    every = np.concatenate(list(rows.values()))
    draws = np.sum([resample_sums(own, seed=seed, stream=name) for name, own in rows.items()], axis=0)
    figures = summarise(every, draws) | {CALIBRATION_ERROR: Figure(reliability.expected_error(), None)}
    total = every.sum(axis=0)
    return Judged(
        figures={column.name: figures[column.name] for column in SEGMENTATION.columns},
        main_draws=_F1.formula(draws),
        pictures=int(total[Column.PICTURES]),
        cracked=int(total[Column.CRACKED]),
        sources=len(every),
        failures=tuple(failures),
        drawn=drawn,
    )


def _caption(row: FloatArray) -> str:
    if row[Column.CRACKED]:
        return f"F1 {row[Column.F1_SUM]:.2f}"
    alarms = int(row[Column.FALSE_ALARMS])
    return "nothing reported" if alarms == 0 else f"{alarms} false alarm{'' if alarms == 1 else 's'}"


SEGMENTATION = Judge(
    task=SEGMENT,
    columns=(
        FigureColumn("f1", "F1, pooled", "F1"),
        FigureColumn("image_f1", "F1 per picture", "F1/picture"),
        FigureColumn("centreline_iou_4px", "centreline IoU at 4 px", "clIoU 4 px"),
        FigureColumn("false_alarms_per_photo", "false alarms per crack-free photo", "alarms/photo", "low"),
        FigureColumn(CALIBRATION_ERROR, "calibration error", "ECE", "low", 4),
    ),
    validation_column="validation_f1_best_threshold",
    validation_title="validation F1, best threshold",
    views=VIEWS,
    legend=LEGEND,
    find=find_samples,
    fit=with_true_widths,
    judge=judge_segmentation,
    draw_truth=draw_truth,
)
