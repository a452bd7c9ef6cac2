"""A file of lines that only grows, and never keeps half a line of ours."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

try:
    import fcntl
except (
    ImportError
):  # Windows has no advisory locks of this kind; two surveys into one folder are not caught there
    fcntl = None  # type: ignore[assignment]

from crackscope.errors import CrackscopeError

_CHUNK = 1 << 16


class AppendFile:
    """Appends whole lines to a file that no other survey is appending to.

    Lines are handed to the operating system at once, so that killing the process loses none of them; `sync`
    makes them outlive a power cut too.

    Parameters
    ----------
    path : Path
        Created where it is missing. A last line without its newline is cut off by `drop_torn_line`, not here.

    Raises
    ------
    CrackscopeError
        If the file cannot be opened for writing, or another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unsynced = False
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            raise not_writable(path.parent, error) from error
        try:
            self._lock()
            self.size = os.lseek(self._file, 0, os.SEEK_END)
        except BaseException:
            self.close()
            raise

    def append(self, line: bytes) -> None:
        """Append one line whole, or leave the file as it was.

        Parameters
        ----------
        line : bytes
            Ends in a newline and holds no other.

        Raises
        ------
        CrackscopeError
            If it cannot be written, for example because the disk is full.
        """
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self.size)
            with contextlib.suppress(OSError):
                os.lseek(self._file, self.size, os.SEEK_SET)
            raise not_writable(self.path, error) from error
        self.size += len(line)
        self.unsynced = True

    def sync(self) -> None:
        """Wait until every appended line is on the disk.

        Raises
        ------
        CrackscopeError
            If the disk refuses.
        """
        if not self.unsynced:
            return
        try:
            os.fsync(self._file)
        except OSError as error:
            raise not_writable(self.path, error) from error
        self.unsynced = False

    def drop_torn_line(self) -> None:
        """Cut off a last line without a newline, the trace of a kill in mid-write."""
        end = self.size
        while end > 0:
            start = max(0, end - _CHUNK)
            os.lseek(self._file, start, os.SEEK_SET)
            newline = os.read(self._file, end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end < self.size:
            try:
                os.ftruncate(self._file, end)
            except OSError as error:
                raise not_writable(self.path, error) from error
            self.size = end
        os.lseek(self._file, end, os.SEEK_SET)

    def close(self) -> None:
        """Close the file; `sync` first, where that matters."""
        file, self._file = self._file, -1  # a late append must not reach another file under the old number
        if file >= 0:
            os.close(file)

    def _lock(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CrackscopeError(
                f"{self.path.parent}: another survey is writing into this folder; "
                "wait until it ends, or choose another folder."
            ) from error
        except OSError:  # some network file systems have no locks
            return


def not_writable(path: Path, error: OSError) -> CrackscopeError:
    """Say in one sentence why a file or folder cannot be written."""
    return CrackscopeError(
        f"{path}: cannot be written ({error.strerror or error}); "
        "make room or choose another output folder, then run the survey again."
    )
