"""Keep freed memory for the next batch instead of handing it back to the system."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD = -1  # <malloc.h> of the GNU C library
_M_MMAP_MAX = -4
_LARGEST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Ask the C library not to return freed blocks to the system.

    A training step takes and frees the same large blocks again and again; by default the GNU C library maps
    each anew, and touching the fresh pages takes a good part of a step on a CPU (benchmarks/RESULTS.md). It
    holds for the whole process from then on.

    Returns
    -------
    bool
        False where the C library is another one or refuses.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    taken = [mallopt(option, value) for option, value in ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, _LARGEST))]
    return all(taken)
