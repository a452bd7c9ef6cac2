"""Who works on what, where several processes work on one sweep: a lock that ends with its process."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

try:
    import fcntl
except (
    ImportError
):  # Windows has no advisory locks of this kind; there a sweep is worked on by one process alone
    fcntl = None  # type: ignore[assignment]

from crackscope.whole_file import cannot_write


class Claim:
    """A thing that no other process works on, until `release` or the end of this process, however it ends.

    Parameters
    ----------
    path : Path
        An empty file that stands for the thing; made where it is missing.
    wait : bool
        Until another process has released it.

    Attributes
    ----------
    held : bool
        Whether the claim is ours; True with `wait`. On a file system without locks every claim is.

    Raises
    ------
    CrackscopeError
        If the file cannot be made.
    """

    def __init__(self, path: Path, *, wait: bool) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise cannot_write(path, error) from error
        self.held = True
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            self.release()
        except OSError:  # some network file systems have no locks
            return

    def release(self) -> None:
        """Let others have it."""
        file, self._file = self._file, -1
        self.held = False
        if file >= 0:
            os.close(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
