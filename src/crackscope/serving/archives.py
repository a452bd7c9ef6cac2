"""Photos out of a zip archive that anybody may have packed, and may have packed to do harm."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO

from crackscope.errors import PhotoError
from crackscope.imaging.container import SIGNATURE_BYTES
from crackscope.imaging.header import checked_kind
from crackscope.imaging.photo import printable
from crackscope.serving.photo_names import LONGEST_NAME, distinct_names
from crackscope.serving.problems import ProblemError
from crackscope.serving.settings import MB
from crackscope.serving.store import Unusable

FIELD = "archive"
_CHUNK = 1 << 18
_MOST_AT_ONCE = 4 * MB
"""A directory of some 30,000 entries; a larger one is refused before it is taken apart."""
_RATIO_COUNTS_FROM = MB
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # APPNOTE.TXT, 4.4.4: encrypted, strongly encrypted, masked headers
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LOCAL_HEADER_BYTES = 30  # APPNOTE.TXT, 4.3.7
_DEVICE = re.compile(r"(?i:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:[.:].*)?")
_DRIVE = re.compile(r"[A-Za-z]:")
_PASSED_OVER = "__MACOSX"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises for what is not as it should be."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much may come out of an archive.

    Parameters
    ----------
    photos : int
        Entries, beside folders and what is passed over.
    photo_bytes : int
        Of one entry, unpacked; a larger one cannot be used, others can.
    total_bytes : int
        Of all, unpacked.
    ratio : int
        Unpacked bytes for each packed one; photos hardly shrink, bombs shrink a thousandfold.
    """

    photos: int = 2_000
    photo_bytes: int = 64 * MB
    total_bytes: int = 2_000 * MB
    ratio: int = 100


def read_archive(file: BinaryIO, limits: ArchiveLimits) -> Iterator[tuple[str, bytes | Unusable]]:
    """Take photos out of a zip archive, one at a time, without writing any.

    Nothing that the archive says of itself is believed: bytes are counted as they come out, and names are
    shown and never a path. Hidden files and ``__MACOSX`` are passed over. All names are looked at before
    the first photo is unpacked.

    Parameters
    ----------
    file : binary file
        That can seek.
    limits : ArchiveLimits

    Yields
    ------
    (str, bytes or Unusable)
        Name, and content; or why an entry is no picture that can be read.

    Raises
    ------
    ProblemError
        If the archive is damaged, too large, a bomb, encrypted, or holds what no survey needs: archives,
        links, devices, names that lead elsewhere.
    """
    try:
        archive = zipfile.ZipFile(_Bounded(file))
    except _DAMAGED as error:
        raise _refused("is no zip archive that can be read; pack the photos again") from error
    with archive:
        entries = [entry for entry in archive.infolist() if _is_wanted(entry)]
        if len(entries) > limits.photos:
            raise _too_large(f"has {len(entries):,} entries; send at most {limits.photos:,} photos at once")
        _check_apart(archive)
        names = distinct_names("/".join(_parts(entry))[-LONGEST_NAME:] for entry in entries)
        unpacking = _Unpacking(limits)
        for entry, name in zip(entries, names, strict=True):
            try:
                yield name, unpacking.content(archive, entry, name)
            except _DAMAGED:
                yield name, Unusable(f"{name}: is damaged in the archive; pack it again.")


class _Unpacking:
    """Counts what comes out of one archive."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self._limits, self._total = limits, 0

    def content(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes | Unusable:
        content = bytearray()
        with archive.open(entry) as stream:
            content += self._counted(stream.read(SIGNATURE_BYTES))
            try:
                checked_kind(bytes(content), len(content), name=name)
            except PhotoError as error:
                return Unusable(str(error))
            while chunk := self._counted(stream.read(_CHUNK)):
                content += chunk
                if len(content) > max(_RATIO_COUNTS_FROM, self._limits.ratio * entry.compress_size):
                    raise _refused(
                        f"{name} grows more than {self._limits.ratio}-fold when unpacked; leave it out"
                    )
                if len(content) > self._limits.photo_bytes:
                    most = self._limits.photo_bytes / MB
                    return Unusable(f"{name}: has more than {most:g} MB; shrink it.")
        return bytes(content)

    def _counted(self, chunk: bytes) -> bytes:
        self._total += len(chunk)
        if self._total > self._limits.total_bytes:
            most = self._limits.total_bytes / MB
            raise _too_large(f"has more than {most:g} MB when unpacked; send it in parts")
        return chunk


class _Bounded(io.BufferedIOBase):
    """A file that hands out a bounded part at once: `zipfile` reads a directory of any size in one go."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = _MOST_AT_ONCE + 1 if size is None or size < 0 else size
        if wanted > _MOST_AT_ONCE + 1:
            raise _too_large("has too long a list of entries; send it in parts")
        part = self._file.read(wanted)
        if len(part) > _MOST_AT_ONCE:
            raise _too_large("has too long a list of entries; send it in parts")
        return part

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    """Refuse what has no place in an archive of photos; say whether an entry is one to be looked at."""
    shown = printable(entry.orig_filename)[-LONGEST_NAME:]
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a link" if stat.S_ISLNK(mode) else "no regular file"
        raise _refused(f"{shown} is {what}; pack the photos themselves")
    parts = _parts(entry)
    if "\0" in entry.orig_filename or ".." in parts or _is_absolute(entry.orig_filename):
        raise _refused(f"{shown} leads out of the archive; pack the photos with plain names")
    if any(_DEVICE.fullmatch(part) for part in parts):
        raise _refused(f"{shown} has the name of a device; rename it")
    if entry.is_dir() or not parts or any(part.startswith(".") or part == _PASSED_OVER for part in parts):
        return False
    if parts[-1].casefold().endswith(".zip"):
        raise _refused(f"{shown} is an archive itself; unpack it and pack its photos")
    if entry.flag_bits & _ENCRYPTED:
        raise _refused(f"{shown} is encrypted; pack the photos without a password")
    if entry.compress_type not in _METHODS:
        raise _refused(
            f"{shown} is packed in an unusual way; pack the photos with deflate, as most programs do"
        )
    return True


def _parts(entry: zipfile.ZipInfo) -> list[str]:
    """Split a printable name; some programs write backslashes, and some a dot for the folder itself."""
    parts = entry.orig_filename.replace("\\", "/").split("/")
    return [printable(part) for part in parts if part not in ("", ".")]


def _is_absolute(name: str) -> bool:
    return name.startswith(("/", "\\")) or _DRIVE.match(name) is not None


def _check_apart(archive: zipfile.ZipFile) -> None:
    """Refuse entries that share bytes, by which a small archive unpacks to a huge one.

    References
    ----------
    Fifield (2019), "A better zip bomb".
    """
    end = 0
    for entry in sorted(archive.infolist(), key=lambda each: each.header_offset):
        if entry.header_offset < end:
            raise _refused("has entries that overlap; pack the photos again")
        end = entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size


def _refused(what: str) -> ProblemError:
    return ProblemError(422, f"archive: {what}.", field=FIELD)


def _too_large(what: str) -> ProblemError:
    return ProblemError(413, f"archive: {what}.", field=FIELD)
