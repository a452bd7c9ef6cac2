"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

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


@contextmanager
def whole_folder(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give a temporary folder beside `target`, which takes its name at the end, or goes if anything fails.

    Parameters
    ----------
    target : Path
        Does not exist, or is an empty folder.
    replace : bool
        Let an older folder go when the new one is complete, whatever is in it.

    Yields
    ------
    Path

    Raises
    ------
    CrackscopeError
        If the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "set"
    >>> with whole_folder(path) as temporary:
    ...     _ = (temporary / "note.txt").write_text("all of it")
    ...     path.exists()
    False
    >>> [file.name for file in path.iterdir()]
    ['note.txt']
    """
    temporary = target.with_name(f".{target.name}.partial-{os.getpid()}")
    older = target.with_name(f".{target.name}.older-{os.getpid()}")
    try:
        temporary.mkdir(parents=True)
    except OSError as error:
        raise cannot_write(target, error) from error
    try:
        with _undone_when_terminated():
            yield temporary
        if target.is_dir() and replace:
            target.rename(older)
        elif target.is_dir():  # empty; Windows replaces no folder
            target.rmdir()
        temporary.rename(target)
    except OSError as error:
        if older.is_dir() and not target.exists():
            older.rename(target)
        raise cannot_write(target, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(older, ignore_errors=True)


@contextmanager
def _undone_when_terminated() -> Iterator[None]:
    """Let SIGTERM end the program as an exception does, so that what is half-written goes."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    ):
        yield
        return

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the form signal.signal wants
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def make_folder(folder: Path, *, of: Path | None = None) -> None:
    """Make a folder to write to, and those above it, where they are not there.

    Parameters
    ----------
    folder : Path
    of : Path, optional
        What is named where the disk refuses, such as the file that the folder is for; by default `folder`.

    Raises
    ------
    CrackscopeError
        If the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(of or folder, error) from error


def remove_older(folder: Path, ours: re.Pattern[str], *, kept: Collection[str | None]) -> None:
    """Remove from a folder what an earlier run left there; a file that stays does no harm.

    Parameters
    ----------
    folder : Path
    ours : re.Pattern
        Of the names of files that we write there; no other is touched.
    kept : collection of str
        Names of those that stay.
    """
    for path in folder.iterdir():
        if ours.fullmatch(path.name) and path.name not in kept:
            with suppress(OSError):
                path.unlink()


def cannot_write(path: Path, error: OSError) -> CrackscopeError:
    """Say in one sentence why a file cannot be written, and what to do."""
    reason = (error.strerror or str(error)).lower()
    return CrackscopeError(f"{path}: cannot be written ({reason}); make room or choose another folder.")
