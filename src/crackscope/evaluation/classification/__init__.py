"""Honest figures for classifiers: cracked or crack-free, picture by picture or patch by patch."""

from crackscope.evaluation.classification.evaluation import (
    ClassificationEvaluation,
    ClassificationGroup,
    Mistake,
)
from crackscope.evaluation.classification.freeze import FrozenClassifier, freeze_classifier
from crackscope.evaluation.classification.predictors import PicturePredictor, open_picture_predictor
from crackscope.evaluation.classification.protocol import evaluate_classifier

__all__ = [
    "ClassificationEvaluation",
    "ClassificationGroup",
    "FrozenClassifier",
    "Mistake",
    "PicturePredictor",
    "evaluate_classifier",
    "freeze_classifier",
    "open_picture_predictor",
]
