"""A text file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from crackscope.errors import CrackscopeError


class AtomicFile:
    r"""Writes to a temporary name in the same folder, and takes the real name when all is written.

    Use as a context manager: leaving it in peace puts the file in place, leaving it by an error removes it.

    Parameters
    ----------
    path : Path
        Its folder is created where it is missing; a file of this name is replaced.
    encoding : str

    Raises
    ------
    CrackscopeError
        On entry, writing and exit: if the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with AtomicFile(folder / "cracks.csv") as file:
    ...     file.write("photo\n")
    ...     (folder / "cracks.csv").exists()
    False
    >>> (folder / "cracks.csv").read_text()
    'photo\n'
    """

    def __init__(self, path: Path, *, encoding: str = "utf-8") -> None:
        self.path = path
        self._encoding = encoding
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}")
        self._file: TextIO | None = None

    def write(self, text: str) -> None:
        """Append text; line feeds stay as they are, and what the encoding lacks is written as an escape."""
        if self._file is None:
            raise ValueError("the file is not open")
        try:
            self._file.write(text)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._temporary.open(
                "w", encoding=self._encoding, errors="backslashreplace", newline=""
            )
        except OSError as error:
            raise cannot_write(self.path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        if error is not None:
            with contextlib.suppress(OSError):
                file.close()
            with contextlib.suppress(OSError):
                self._temporary.unlink()
            return
        try:
            file.flush()
            os.fsync(file.fileno())
            file.close()
            self._temporary.replace(self.path)
        except OSError as failure:
            with contextlib.suppress(OSError):
                file.close()
            with contextlib.suppress(OSError):
                self._temporary.unlink()
            raise cannot_write(self.path, failure) from failure


def cannot_write(path: Path, error: OSError) -> CrackscopeError:
    """Say in one sentence why a report cannot be written, and what to do."""
    return CrackscopeError(
        f"{path}: cannot be written ({(error.strerror or str(error)).lower()}); "
        "make room or mend the permissions, then run again with --resume."
    )
