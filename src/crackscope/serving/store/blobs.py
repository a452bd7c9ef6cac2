"""Photos and documents, kept once each under the SHA-256 of their content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from crackscope.errors import StoreError, StoreUnavailableError
from crackscope.serving.store.blob_files import PART, blob_files

_NAME = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"([0-9a-f]{2})/([0-9a-f]{62})")


class Blobs:
    """Content-addressed files; what is there never changes, so that any number of threads may use it.

    Parameters
    ----------
    url : str
        A folder, or any fsspec URL.

    Raises
    ------
    CrackscopeError
        If it cannot be opened.

    Examples
    --------
    >>> blobs = Blobs("memory://example")
    >>> name = blobs.put(b"a wall")
    >>> blobs.get(name)
    b'a wall'
    """

    def __init__(self, url: str) -> None:
        self._files = blob_files(url)

    def put(self, content: bytes) -> str:
        """Keep some bytes; those that are there already cost a look at their size.

        Parameters
        ----------
        content : bytes

        Returns
        -------
        str
            The blob's name: the SHA-256 of the content, as 64 hexadecimal digits.

        Raises
        ------
        StoreUnavailableError
            If they cannot be written.
        """
        name = hashlib.sha256(content).hexdigest()
        try:
            if self._files.size(_path(name)) != len(content):
                self._files.write(_path(name), content)
        except OSError as error:
            raise _unavailable(name, "cannot be written", error) from error
        return name

    def get(self, name: str) -> bytes:
        """Return a blob's content, after checking that it is what was put.

        Parameters
        ----------
        name : str

        Returns
        -------
        bytes

        Raises
        ------
        StoreError
            If the name is no SHA-256, or the blob is missing or damaged.
        StoreUnavailableError
            If it cannot be read.
        """
        try:
            content = self._files.read(_path(name))
        except FileNotFoundError:
            raise StoreError(
                f"blob {name}: is missing; restore a backup, or run 'crackscope store check --repair'."
            ) from None
        except OSError as error:
            raise _unavailable(name, "cannot be read", error) from error
        if hashlib.sha256(content).hexdigest() != name:
            raise StoreError(
                f"blob {name}: is damaged; restore a backup, or run 'crackscope store check --repair'."
            )
        return content

    def has(self, name: str) -> bool:
        """Say whether a blob is there, without reading it.

        Raises
        ------
        StoreError
            If the name is no SHA-256.
        StoreUnavailableError
            If the disk or the server does not say.
        """
        try:
            return self._files.size(_path(name)) is not None
        except OSError as error:
            raise _unavailable(name, "cannot be read", error) from error

    def delete(self, name: str) -> None:
        """Delete a blob; one that is not there does no harm.

        Raises
        ------
        StoreError
            If the name is no SHA-256.
        StoreUnavailableError
            If it cannot be deleted.
        """
        self._remove(_path(name))

    def names(self) -> Iterator[str]:
        """List the blobs, in no order.

        Yields
        ------
        str

        Raises
        ------
        StoreUnavailableError
            If they cannot be listed.
        """
        for path in self._paths():
            match = _PATH.fullmatch(path)
            if match is not None:
                yield match[1] + match[2]

    def leftovers(self) -> Iterator[str]:
        """List the paths of files that were being written, by a process that lives or by one that died.

        Yields
        ------
        str

        Raises
        ------
        StoreUnavailableError
            If they cannot be listed.
        """
        yield from (path for path in self._paths() if path.endswith(PART))

    def delete_leftover(self, path: str) -> None:
        """Delete one of `leftovers`; a process that was writing it begins again.

        Raises
        ------
        StoreUnavailableError
            If it cannot be deleted.
        """
        self._remove(path)

    def _remove(self, path: str) -> None:
        try:
            self._files.remove(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unavailable(path.replace("/", ""), "cannot be deleted", error) from error

    def _paths(self) -> Iterator[str]:
        try:
            yield from self._files.paths()
        except OSError as error:
            raise _unavailable("*", "cannot be listed", error) from error


def _path(name: str) -> str:
    if _NAME.fullmatch(name) is None:  # it becomes a path, and must not lead anywhere else
        raise StoreError(f"blob {name[:80]!r}: is no SHA-256; a blob's name has 64 hexadecimal digits.")
    return f"{name[:2]}/{name[2:]}"


def _unavailable(name: str, what: str, error: OSError) -> StoreUnavailableError:
    reason = (error.strerror or str(error)).partition("\n")[0].lower().rstrip(".")
    return StoreUnavailableError(
        f"blob {name}: {what} ({reason}); see that the blobs' folder is there and has room, then try again."
    )
