"""Pictures with masks on disk: layouts, audit, repair, single cracks, splits, a cache of decoded pictures."""

from crackscope.datasets.find import find_samples
from crackscope.datasets.instances import SingleCrack, single_cracks
from crackscope.datasets.reading import read_mask, read_picture
from crackscope.datasets.sample import Sample
from crackscope.datasets.split import Split, split_by_source

__all__ = [
    "Sample",
    "SingleCrack",
    "Split",
    "find_samples",
    "read_mask",
    "read_picture",
    "single_cracks",
    "split_by_source",
]
