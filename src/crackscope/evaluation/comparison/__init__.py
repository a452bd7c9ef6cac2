"""Runs set against each other: on the same pictures, with paired intervals, beside what each costs."""

from crackscope.evaluation.comparison.compare import compare
from crackscope.evaluation.comparison.comparison import Comparison, Machine, Result
from crackscope.evaluation.comparison.competitor import Competitor, Cost, Timing
from crackscope.evaluation.comparison.entrants import Entrant, RunFailure, open_entrants, task_of
from crackscope.evaluation.comparison.judge import Drawn, FigureColumn, Judge, Judged
from crackscope.evaluation.comparison.judges import JUDGES, judge_of
from crackscope.evaluation.comparison.pictures import Basis, choose_shown, common_validation, given_pictures

__all__ = [
    "JUDGES",
    "Basis",
    "Comparison",
    "Competitor",
    "Cost",
    "Drawn",
    "Entrant",
    "FigureColumn",
    "Judge",
    "Judged",
    "Machine",
    "Result",
    "RunFailure",
    "Timing",
    "choose_shown",
    "common_validation",
    "compare",
    "given_pictures",
    "judge_of",
    "open_entrants",
    "task_of",
]
