"""SHA-256 of files, read once even where one file is asked for again and again."""

from __future__ import annotations

import hashlib
import stat
from functools import lru_cache
from pathlib import Path

from crackscope.errors import DatasetError


def file_sha256(path: Path) -> str:
    """Hash a file, 64 hexadecimal digits.

    An annotation file may hold the masks of all pictures of a dataset, so the last few files are remembered,
    as long as their size and time of change stay the same.

    Raises
    ------
    DatasetError
        If it is not a regular file (a pipe would never end), or cannot be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DatasetError(f"{path}: is not a regular file; replace it with one.")
        return _sha256(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DatasetError(f"{path}: cannot be read ({reason}); mend that and run again.") from error


@lru_cache(maxsize=64)
def _sha256(path: Path, _size: int, _changed_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
