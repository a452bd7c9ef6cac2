"""Bands of rows, so that work on a photo needs little memory beside the photo."""

from __future__ import annotations

from collections.abc import Iterator

_PIXELS_AT_ONCE = 1 << 20


def row_bands(height: int, width: int) -> Iterator[slice]:
    """Yield slices of rows that together cover a photo, each of about a million pixels at most.

    Examples
    --------
    >>> list(row_bands(3, 1 << 20))
    [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None)]
    """
    step = max(1, _PIXELS_AT_ONCE // max(1, width))
    for start in range(0, height, step):
        yield slice(start, min(height, start + step))
