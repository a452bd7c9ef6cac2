"""How many pixels several masks cover together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crackscope.imaging.rle import RunLengthMask


def covered_px(masks: Sequence[RunLengthMask]) -> int:
    """Count the pixels in at least one mask; those that masks share count once.

    Parameters
    ----------
    masks : sequence of RunLengthMask
        Of one photo.

    Returns
    -------
    int
        Time and memory go with the number of runs, not with the photo's size.

    Examples
    --------
    >>> one = RunLengthMask.from_pixels([0, 1], [0, 0], height=2, width=2)
    >>> other = RunLengthMask.from_pixels([1, 1], [0, 1], height=2, width=2)
    >>> covered_px([one, other])
    3
    """
    if not masks:
        return 0
    edges = [np.cumsum(np.array(mask.counts, np.int64)) for mask in masks]
    starts = np.concatenate([each[: 2 * (each.size // 2) : 2] for each in edges])
    ends = np.concatenate([each[1::2] for each in edges])
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], ends[order]
    reached = np.concatenate([[0], np.maximum.accumulate(ends)[:-1]]) if ends.size else ends
    return int(np.maximum(ends - np.maximum(starts, reached), 0).sum())
