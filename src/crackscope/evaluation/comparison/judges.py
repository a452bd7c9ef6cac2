"""The table of tasks whose runs can be compared."""

from __future__ import annotations

from crackscope.errors import CrackscopeError
from crackscope.evaluation.comparison.classification import CLASSIFICATION
from crackscope.evaluation.comparison.instances import INSTANCES
from crackscope.evaluation.comparison.judge import Judge
from crackscope.evaluation.comparison.segmentation import SEGMENTATION

JUDGES: dict[str, Judge] = {judge.task: judge for judge in (SEGMENTATION, CLASSIFICATION, INSTANCES)}


def judge_of(task: str) -> Judge:
    """Return how the runs of a task are judged.

    Raises
    ------
    CrackscopeError
        If they cannot be compared.
    """
    judge = JUDGES.get(task)
    if judge is None:
        raise CrackscopeError(
            f"runs for the task {task} cannot be compared; give runs for {', '.join(JUDGES)}."
        )
    return judge
