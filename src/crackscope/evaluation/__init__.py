"""Honest figures: the protocol, its intervals, and what is frozen before a test picture is seen."""

from crackscope.evaluation.evaluation import Evaluation, GroupResult
from crackscope.evaluation.figures import FIGURES, Figure
from crackscope.evaluation.freeze import Frozen, freeze
from crackscope.evaluation.predictors import Predictor, open_predictor
from crackscope.evaluation.protocol import Predict, evaluate
from crackscope.evaluation.samples import Failure

__all__ = [
    "FIGURES",
    "Evaluation",
    "Failure",
    "Figure",
    "Frozen",
    "GroupResult",
    "Predict",
    "Predictor",
    "evaluate",
    "freeze",
    "open_predictor",
]
