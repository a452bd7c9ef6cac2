"""How well cracks are found one by one: COCO's figures, intervals, and the rival that only segments."""

from crackscope.evaluation.instances.evaluation import InstanceEvaluation, InstanceGroup
from crackscope.evaluation.instances.freeze import FrozenDetector, freeze_detector
from crackscope.evaluation.instances.predictors import (
    InstancePredictor,
    open_instance_predictor,
    open_rival,
)
from crackscope.evaluation.instances.protocol import Find, evaluate_instances
from crackscope.evaluation.instances.rival import single_cracks_of

__all__ = [
    "Find",
    "FrozenDetector",
    "InstanceEvaluation",
    "InstanceGroup",
    "InstancePredictor",
    "evaluate_instances",
    "freeze_detector",
    "open_instance_predictor",
    "open_rival",
    "single_cracks_of",
]
