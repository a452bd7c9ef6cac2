"""How runs that find cracks one by one are judged: COCO's figures, and pixels at the frozen score."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from crackscope.datasets.find import find_samples
from crackscope.datasets.instances import single_cracks
from crackscope.datasets.sample import Sample
from crackscope.evaluation.comparison.instances_pictures import LEGEND, VIEWS, draw_answer, draw_truth
from crackscope.evaluation.comparison.judge import Drawn, FigureColumn, Judge, Judged
from crackscope.evaluation.comparison.picture_size import PictureSize
from crackscope.evaluation.comparison.true_widths import with_true_widths
from crackscope.evaluation.instances.figures import REPLICATES
from crackscope.evaluation.instances.figures import Judged as JudgedSet
from crackscope.evaluation.instances.predictors import open_instance_predictor
from crackscope.evaluation.instances.protocol import judge_picture, measure_judged
from crackscope.evaluation.instances.tally import Column
from crackscope.evaluation.samples import Failure, read_readable
from crackscope.imaging.arrays import FloatArray
from crackscope.training.recipe import DETECT


def judge_instances(
    model: Path,
    samples: Sequence[Sample],
    *,
    shown: Collection[Path],
    seed: int,
    threads: int | None,
    progress: Callable[[Sample], None],
) -> Judged:
    """Judge a model file as `crackscope.evaluation.instances.evaluate_instances` does; see `JudgeModel`."""
    predictor = open_instance_predictor(str(model), threads=threads)
    threshold = predictor.facts.threshold
    by_set: dict[str, JudgedSet] = {}
    failures: list[Failure] = []
    drawn: dict[Path, Drawn] = {}
    for sample, pixels, truth in read_readable(samples, failures, progress=progress):
        found = predictor.find(pixels)
        own = by_set.setdefault(sample.set_name, JudgedSet())
        judge_picture(own, sample.together, found, truth, threshold=threshold)
        if sample.image in shown:
            sure = [each for each in found if each.score >= threshold]
            views = draw_answer(sure, single_cracks(truth), PictureSize.of(*truth.shape))
            drawn[sample.image] = Drawn(views, caption(own.rows[-1]))
    return _conclude(by_set, seed=seed, failures=failures, drawn=drawn)


def caption(row: FloatArray) -> str:
    """Say how a picture was answered, from its tally, float64 (len(Column),)."""
    true, found, matched = (int(row[each]) for each in (Column.TRUE, Column.FOUND, Column.MATCHED))
    if not row[Column.CRACKED]:
        return "nothing reported" if found == 0 else f"{found} false alarm{'' if found == 1 else 's'}"
    others = found - matched
    cracks = f"found {matched} of {true} crack{'' if true == 1 else 's'}"
    return f"{cracks}, {others} other{'' if others == 1 else 's'} reported" if others else cracks


def _conclude(
    by_set: Mapping[str, JudgedSet],
    *,
    seed: int,
    failures: Sequence[Failure],
    drawn: Mapping[Path, Drawn],
) -> Judged:
    sets, overall = measure_judged(by_set, seed=seed, replicates=REPLICATES)
    total = overall.judged.total()
    return Judged(
        figures={column.name: overall.figures[column.name] for column in INSTANCES.columns},
        main_draws=overall.drawn(INSTANCES.main.name),
        pictures=int(total[Column.PICTURES]),
        cracked=int(total[Column.CRACKED]),
        sources=sum(each.judged.sources for each in sets.values()),
        failures=tuple(failures),
        drawn=drawn,
    )


INSTANCES = Judge(
    task=DETECT,
    columns=(
        FigureColumn("mask_map", "mask mAP 50:95", "mask mAP"),
        FigureColumn("mask_ap50", "mask AP at IoU 0.50", "mask AP50"),
        FigureColumn("box_map", "box mAP 50:95", "box mAP"),
        FigureColumn("mask_ar", "mask AR", "mask AR"),
        FigureColumn("f1", "F1 of pixels, all cracks together", "F1 of pixels"),
    ),
    validation_column="validation_mask_map",
    validation_title="validation mask mAP 50:95",
    views=VIEWS,
    legend=LEGEND,
    find=find_samples,
    fit=with_true_widths,
    judge=judge_instances,
    draw_truth=draw_truth,
    taken="over all scores",
    timed_on="cut of a picture with a crack",
    remarks=(
        "Masks are taken apart into single cracks as crackscope evaluate does; F1 of pixels, and what the"
        " pictures show, are those from the frozen score on, matched at an IoU of 0.50.",
        "GMAC are those for a plain grey picture; they grow with the boxes that a network looks at and the"
        " cracks that it finds.",
    ),
)
