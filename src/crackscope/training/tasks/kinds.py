"""The tasks that there are."""

from crackscope.training.recipe import CLASSIFY, DETECT, SEGMENT
from crackscope.training.tasks import classification, instances, segmentation
from crackscope.training.tasks.kind import TaskKind

KINDS: dict[str, TaskKind] = {
    SEGMENT: segmentation.KIND,
    CLASSIFY: classification.KIND,
    DETECT: instances.KIND,
}
