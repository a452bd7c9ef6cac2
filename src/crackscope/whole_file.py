"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crackscope.errors import CrackscopeError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; what is written there takes the real name at the end.

    Parameters
    ----------
    path : Path
        An older file is replaced, but only when the new one is complete.

    Yields
    ------
    Path
        In the same folder, with the same suffix.

    Raises
    ------
    CrackscopeError
        If the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "note.txt"
    >>> with whole_file(path) as temporary:
    ...     _ = temporary.write_text("all of it")
    ...     path.exists()
    False
    >>> path.read_text()
    'all of it'
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError) -> CrackscopeError:
    """Say in one sentence why a file cannot be written, and what to do."""
    reason = (error.strerror or str(error)).lower()
    return CrackscopeError(f"{path}: cannot be written ({reason}); make room or choose another folder.")
