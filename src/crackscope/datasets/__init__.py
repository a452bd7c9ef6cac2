"""Pictures with masks on disk: layouts, sources, splits, a cache of decoded pictures."""

from crackscope.datasets.find import find_samples
from crackscope.datasets.reading import read_mask, read_picture
from crackscope.datasets.sample import Sample
from crackscope.datasets.split import Split, split_by_source

__all__ = ["Sample", "Split", "find_samples", "read_mask", "read_picture", "split_by_source"]
