"""COCO's compressed notation of run lengths.

Each run length is written as its difference from the one two before (from the fourth on), in groups of 5
bits, lowest first, a sixth bit saying that more follow, as the characters from ``0`` on. Source:
``rleToString`` and ``rleFrString`` in maskApi.c of pycocotools.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FIRST_CHARACTER = 48
MORE, SIGN, FIVE_BITS = 0x20, 0x10, 0x1F
LONGEST_GROUP = 12  # characters: 60 bits, more than any run length needs and less than overflows


def counts_to_text(counts: Sequence[int]) -> str:
    """Write run lengths as COCO's compressed text.

    Examples
    --------
    >>> counts_to_text([12, 3, 5])
    '<35'
    """
    value = np.array(counts, dtype=np.int64)
    value[3:] -= np.array(counts[1:-2], dtype=np.int64)
    characters = np.zeros((value.size, LONGEST_GROUP + 1), np.uint8)
    open_groups = np.ones(value.size, dtype=np.bool_)
    for place in range(LONGEST_GROUP + 1):
        bits = value & FIVE_BITS
        value >>= 5
        more = open_groups & np.where(bits & SIGN, value != -1, value != 0)
        characters[open_groups, place] = (bits | np.where(more, MORE, 0))[open_groups] + FIRST_CHARACTER
        open_groups = more
        if not more.any():
            break
    return characters[characters > 0].tobytes().decode("ascii")


def counts_from_text(text: str | bytes, *, limit: int) -> NDArray[np.int64]:
    """Read run lengths from COCO's compressed text, which need not be trusted.

    Parameters
    ----------
    text : str or bytes
    limit : int
        No run length can be larger than this.

    Returns
    -------
    int64 array

    Raises
    ------
    ValueError
        If the text is not in this notation or a run length is impossible.

    Examples
    --------
    >>> counts_from_text("<35", limit=20).tolist()
    [12, 3, 5]
    """
    try:
        data = text.encode("ascii") if isinstance(text, str) else text
    except UnicodeEncodeError:
        raise ValueError("'counts' of a run-length mask has characters outside its notation") from None
    codes = np.frombuffer(data, dtype=np.uint8).astype(np.int64) - FIRST_CHARACTER
    if codes.size == 0:
        return codes
    if codes.min() < 0 or codes.max() >= 2 * MORE or codes[-1] & MORE:
        raise ValueError("'counts' of a run-length mask has characters outside its notation")
    last = np.flatnonzero(codes & MORE == 0)
    first = np.concatenate([[0], last[:-1] + 1])
    length = last - first + 1
    if length.max() > LONGEST_GROUP:
        raise ValueError("'counts' of a run-length mask has a run length that is too large")
    place = np.arange(codes.size) - np.repeat(first, length)
    values = np.add.reduceat((codes & FIVE_BITS) << (5 * place), first)
    values -= np.where(codes[last] & SIGN, np.int64(1) << (5 * length), 0)
    if np.abs(values).max() > limit:
        raise ValueError("'counts' of a run-length mask do not fit its size")
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    if values.min() < 0 or values.max() > limit:
        raise ValueError("'counts' of a run-length mask do not fit its size")
    return values
