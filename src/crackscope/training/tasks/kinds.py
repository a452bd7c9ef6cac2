"""The tasks that there are."""

from crackscope.training.recipe import SEGMENT
from crackscope.training.tasks import segmentation
from crackscope.training.tasks.kind import TaskKind

KINDS: dict[str, TaskKind] = {
    SEGMENT: segmentation.KIND,
}
