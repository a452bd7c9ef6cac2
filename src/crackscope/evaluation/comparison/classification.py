"""How classification runs are judged: picture by picture, at the frozen threshold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from crackscope.datasets.find import find_samples
from crackscope.datasets.sample import Sample
from crackscope.evaluation.bootstrap import REPLICATES
from crackscope.evaluation.classification.figures import OVERALL, measure_sets
from crackscope.evaluation.classification.judging import JudgedView, answers_of, judge_whole
from crackscope.evaluation.classification.predictors import PicturePredictor, open_picture_predictor
from crackscope.evaluation.comparison.classification_pictures import LEGEND, VIEWS, draw_answer, draw_truth
from crackscope.evaluation.comparison.judge import Drawn, FigureColumn, Judge, Judged
from crackscope.evaluation.comparison.picture_size import PictureSize
from crackscope.evaluation.samples import Failure, read_readable
from crackscope.training.recipe import CLASSIFY, Recipe


def judge_classification(
    model: Path,
    samples: Sequence[Sample],
    *,
    shown: Collection[Path],
    seed: int,
    threads: int | None,
    progress: Callable[[Sample], None],
) -> Judged:
    """Judge a model file as `crackscope.evaluation.classification.evaluate_classifier` judges it on whole
    pictures; see `JudgeModel`.
    """
    predictor = open_picture_predictor(str(model), threads=threads)
    by_set: dict[str, list[JudgedView]] = {}
    failures: list[Failure] = []
    drawn: dict[Path, Drawn] = {}
    for sample, pixels, truth in read_readable(samples, failures, progress=progress):
        view = judge_whole(predictor.probability, sample, pixels, truth)
        by_set.setdefault(sample.set_name, []).append(view)
        if sample.image in shown:
            views = draw_answer(view, PictureSize.of(*truth.shape), threshold=predictor.facts.threshold)
            drawn[sample.image] = Drawn(views, f"crack {view.probability:.2f}")
    return _conclude(by_set, predictor, seed=seed, failures=failures, drawn=drawn)


def find_for_classification(folders: Sequence[Path]) -> list[Sample]:
    """Find pictures with masks, crack-free ones, and those that only a class calls cracked."""
    return find_samples(folders, unmasked_cracks=True)


def fit_for_classification(samples: Sequence[Sample], _recipes: Sequence[Recipe]) -> list[Sample]:
    """Keep them all: a mask that is too wide is still one of a cracked picture."""
    return list(samples)


def _conclude(
    by_set: Mapping[str, Sequence[JudgedView]],
    predictor: PicturePredictor,
    *,
    seed: int,
    failures: Sequence[Failure],
    drawn: Mapping[Path, Drawn],
) -> Judged:
    answers = {name: answers_of(by_set[name]) for name in sorted(by_set)}
    measured = measure_sets(
        answers,
        threshold=predictor.facts.threshold,
        sure_below=predictor.sure_below,
        seed=seed,
        replicates=REPLICATES,
    )[OVERALL]
    return Judged(
        figures={column.name: measured.figures[column.name] for column in CLASSIFICATION.columns},
        main_draws=measured.drawn[CLASSIFICATION.main.name],
        pictures=sum(len(own) for own in answers.values()),
        cracked=sum(int(own.cracked.sum()) for own in answers.values()),
        sources=sum(own.sources for own in answers.values()),
        failures=tuple(failures),
        drawn=drawn,
    )


CLASSIFICATION = Judge(
    task=CLASSIFY,
    columns=(
        FigureColumn("f1", "F1", "F1"),
        FigureColumn("auroc", "AUROC", "AUROC"),
        FigureColumn("accuracy", "accuracy", "accuracy"),
        FigureColumn("false_alarm_share", "crack-free called cracked, share", "false alarms", "low"),
        FigureColumn("calibration_error", "calibration error", "ECE", "low", 4),
    ),
    validation_column="validation_auroc",
    validation_title="validation AUROC",
    views=VIEWS,
    legend=LEGEND,
    find=find_for_classification,
    fit=fit_for_classification,
    judge=judge_classification,
    draw_truth=draw_truth,
    remarks=(
        "Every picture is judged whole, one with a mask, too: it is cracked with any crack pixel, or where"
        " its class says so.",
    ),
)
