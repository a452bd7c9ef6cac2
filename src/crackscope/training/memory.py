"""Keep freed memory for the next batch instead of handing it back to the system."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD = -1  # <malloc.h> of the GNU C library
_M_MMAP_THRESHOLD = -3
_LARGEST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Ask the C library not to return freed blocks to the system.

    A training step takes and frees the same large blocks again and again; by default the GNU C library maps
    each anew, and touching the fresh pages costs a third of the step on a CPU (benchmarks/RESULTS.md).

    Returns
    -------
    bool
        False where the C library is another one; nothing was changed then.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST) and mallopt(_M_TRIM_THRESHOLD, _LARGEST))
