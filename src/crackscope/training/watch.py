"""Someone who is told how far the preparations of a training are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from crackscope.datasets.sample import Sample

Watch = Callable[[str, int], AbstractContextManager[Callable[[Sample], None]]]
"""From what is being done, and to how many pictures, to something that is told of each picture done."""


def unwatched(_label: str, _pictures: int) -> AbstractContextManager[Callable[[Sample], None]]:
    """Tell nobody."""
    return nullcontext(lambda _: None)
