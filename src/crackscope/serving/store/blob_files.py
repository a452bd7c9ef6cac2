"""Files under a local folder or any fsspec URL, each there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import fsspec.core  # type: ignore[import-untyped]

from crackscope.errors import CrackscopeError, StoreError

PART = ".part"
"""Ending of a file that is being written, or was when its writer died."""
_ATTEMPTS = 3
_WHOLE_BY_NATURE = frozenset(
    {"abfs", "abfss", "adl", "az", "gcs", "gs", "memory", "oci", "oss", "s3", "s3a", "tos"}
)
"""Protocols whose `put` shows a file whole or not at all, and whose renaming is a copy."""


class BlobFiles(Protocol):
    """Reads and writes whole files by their path below one root, with forward slashes.

    Every method raises OSError where the disk or the server refuses, FileNotFoundError where there is no
    file.
    """

    def write(self, path: str, content: bytes) -> None:
        """Write a file; what is there under this path is replaced."""

    def read(self, path: str) -> bytes:
        """Return a file's content."""

    def size(self, path: str) -> int | None:
        """Return a file's size in bytes, None where there is none."""

    def remove(self, path: str) -> None:
        """Remove a file."""

    def paths(self) -> Iterator[str]:
        """List all files, temporary ones too."""


def blob_files(url: str) -> BlobFiles:
    """Open a folder for blobs.

    Parameters
    ----------
    url : str
        A folder, made where it is missing, or an fsspec URL such as ``s3://bucket/folder``.

    Returns
    -------
    BlobFiles

    Raises
    ------
    StoreError
        If the URL's protocol is not known, or needs a package that is not installed.
    CrackscopeError
        If the folder cannot be made.
    """
    if "://" not in url:  # fsspec would read more into a folder's name, such as "::"
        return LocalFiles(Path(url))
    try:
        system, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except ImportError as error:  # fsspec says which package to install
        raise StoreError(f"{_shown(url)}: cannot be opened ({error}); install that package.") from error
    except ValueError as error:
        raise StoreError(
            f"{_shown(url)}: cannot be opened ({str(error)[:80]}); name a folder or an fsspec URL."
        ) from None
    if getattr(system, "local_file", False):
        return LocalFiles(Path(root))
    return RemoteFiles(system, root)


class LocalFiles:
    """A folder of this machine, written so that a file that is there outlives a power cut.

    Parameters
    ----------
    root : Path
        Made where it is missing.

    Raises
    ------
    CrackscopeError
        If the folder cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        try:
            self._make_folder(self._root)
        except OSError as error:
            raise CrackscopeError(
                f"{root}: no folder can be made here ({(error.strerror or str(error)).lower()}); "
                "choose another for the blobs."
            ) from error

    def write(self, path: str, content: bytes) -> None:
        """See `BlobFiles`; a temporary file that somebody sweeps away meanwhile is written again."""
        target = self._root / path
        for attempt in range(_ATTEMPTS):
            try:
                self._make_folder(target.parent)
                self._write_whole(target, content)
            except FileNotFoundError:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    def read(self, path: str) -> bytes:
        """See `BlobFiles`."""
        return (self._root / path).read_bytes()

    def size(self, path: str) -> int | None:
        """See `BlobFiles`."""
        try:
            return (self._root / path).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, path: str) -> None:
        """See `BlobFiles`."""
        (self._root / path).unlink()

    def paths(self) -> Iterator[str]:
        """See `BlobFiles`."""

        def give_up(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):  # a folder that went meanwhile is no fault
                raise error

        for folder, _, names in os.walk(self._root, onerror=give_up):
            for name in names:
                yield (Path(folder) / name).relative_to(self._root).as_posix()

    def _write_whole(self, target: Path, content: bytes) -> None:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}{PART}")
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(target.parent)

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            _sync_folder(folder.parent)


class RemoteFiles:
    """A folder of any other fsspec file system.

    Parameters
    ----------
    system : fsspec.AbstractFileSystem
    root : str
    """

    def __init__(self, system: Any, root: str) -> None:  # noqa: ANN401 - fsspec comes without types
        self._system = system
        self._root = root.rstrip("/")
        protocols = (system.protocol,) if isinstance(system.protocol, str) else system.protocol
        self._is_whole_by_nature = not _WHOLE_BY_NATURE.isdisjoint(protocols)

    def write(self, path: str, content: bytes) -> None:
        """See `BlobFiles`."""
        target = f"{self._root}/{path}"
        folder, _, name = target.rpartition("/")
        with _OtherErrors():
            if self._is_whole_by_nature:
                self._system.pipe_file(target, content)
                return
            temporary = f"{folder}/.{name}.{secrets.token_hex(6)}{PART}"
            self._system.makedirs(folder, exist_ok=True)
            self._system.pipe_file(temporary, content)
            self._system.mv(temporary, target)

    def read(self, path: str) -> bytes:
        """See `BlobFiles`."""
        with _OtherErrors():
            return bytes(self._system.cat_file(f"{self._root}/{path}"))

    def size(self, path: str) -> int | None:
        """See `BlobFiles`."""
        try:
            with _OtherErrors():
                self._system.invalidate_cache()
                size = self._system.info(f"{self._root}/{path}")["size"]
        except FileNotFoundError:
            return None
        return int(size)

    def remove(self, path: str) -> None:
        """See `BlobFiles`."""
        with _OtherErrors():
            self._system.rm_file(f"{self._root}/{path}")

    def paths(self) -> Iterator[str]:
        """See `BlobFiles`."""
        with _OtherErrors():
            self._system.invalidate_cache()
            found = self._system.find(self._root)
        for path in found:
            yield str(path)[len(self._root) + 1 :]


class _OtherErrors:
    """Turn what is no OSError into one: each file system of fsspec brings errors of its own."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, OSError):
            raise OSError(f"{type(error).__name__}: {error}") from error


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder outlive a power cut, where the system can (Windows cannot)."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _shown(url: str) -> str:
    """Show a URL without the name and password that it may hold."""
    protocol, mark, rest = url.partition("://")
    return f"{protocol}{mark}{rest.rpartition('@')[2]}" if mark else url
