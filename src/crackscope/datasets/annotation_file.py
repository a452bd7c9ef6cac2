"""Annotation files, which come from anywhere: read whole, but never without a limit."""

from __future__ import annotations

from pathlib import Path

from crackscope.errors import DatasetError


def read_annotation(path: Path, *, limit_bytes: int) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    DatasetError
        If it is larger than the limit, is not a regular file (a pipe would never end), or cannot be read.
    """
    try:
        if not path.is_file():
            raise DatasetError(f"{path}: is not a regular file; replace it with one.")
        with path.open("rb") as stream:
            data = stream.read(limit_bytes + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise DatasetError(f"{path}: cannot be read ({reason}); mend that and run again.") from error
    if len(data) > limit_bytes:
        raise DatasetError(f"{path}: is larger than {limit_bytes / 1e6:,.0f} MB; split it.")
    return data


def read_if_readable(path: Path, *, limit_bytes: int, needed: bool) -> bytes | None:
    """Return a file's bytes; None where it cannot be read and is not needed.

    Raises
    ------
    DatasetError
        As `read_annotation`, where it is needed.
    """
    try:
        return read_annotation(path, limit_bytes=limit_bytes)
    except DatasetError:
        if needed:
            raise
        return None
