"""Which photos are meant by the files and folders a user names."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from crackscope.errors import PhotoError
from crackscope.imaging import container
from crackscope.imaging.photo import printable

READABLE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".tif", ".tiff", ".bmp", ".dib", ".webp"}
)
# Pictures that cannot be read: listed, so that each is named with its remedy and none is passed over in
# silence.
OTHER_SUFFIXES = frozenset(
    {
        ".heic",
        ".heif",
        ".avif",
        ".gif",
        ".jp2",
        ".jxl",
        ".psd",
        ".dng",
        ".cr2",
        ".cr3",
        ".nef",
        ".arw",
        ".orf",
    }
    | {".raf", ".rw2", ".pef"}
)


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """A photo to be inspected.

    Parameters
    ----------
    path : Path
        Where it lies.
    name : str
        What to call it: its path below the folder that was asked for, with forward slashes. Never absolute,
        never with ``..``; different for each photo of one search.
    """

    path: Path
    name: str


def find_photos(paths: Iterable[str | os.PathLike[str]]) -> list[FoundPhoto]:
    """List the photos that files and folders stand for, sorted by name inside each folder.

    A file is taken whatever its name. In a folder and all below it, files are taken whose suffix is that of a
    picture, and files without a suffix whose first bytes are; hidden files and folders are left out, links
    are followed but no folder is entered twice. Camera raw and other unreadable pictures are taken too,
    unless a readable one of the same name lies beside them, and so are folders that may not be read: whoever
    opens them is told why they cannot be.

    Parameters
    ----------
    paths : iterable of path
        Files and folders; what is named twice is taken once.

    Returns
    -------
    list of FoundPhoto

    Raises
    ------
    PhotoError
        If a path does not exist, or no photo is found at all.
    """
    asked = [Path(path) for path in paths]
    found: list[tuple[Path, PurePath]] = []
    seen_folders: set[tuple[int, int]] = set()
    for path in asked:
        if not os.path.lexists(path):
            raise PhotoError(f"{printable(str(path))}: there is no such file or folder; check the path.")
        if path.is_dir():
            found.extend((file, file.relative_to(path)) for file in _files_below(path, seen_folders))
        else:
            found.append((path, PurePath(path.name)))
    if not found:
        shown = printable(", ".join(str(path) for path in asked)) or "no path given"
        raise PhotoError(
            f"{shown}: no pictures found; name a folder with JPEG, PNG, TIFF, BMP or WebP files."
        )
    return _named(found)


def _files_below(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """Yield the pictures in `folder` and below, sorted, each folder once even where links lead back to it."""
    status = folder.stat()
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    try:
        with os.scandir(folder) as listing:
            entries = sorted(
                (entry for entry in listing if not entry.name.startswith(".")), key=lambda e: e.name
            )
    except PermissionError:
        yield folder
        return
    readable_stems = {PurePath(e.name).stem for e in entries if _suffix(e.name) in READABLE_SUFFIXES}
    for entry in entries:
        path = folder / entry.name
        if _is_dir(entry):
            yield from _files_below(path, seen)
        elif _suffix(entry.name) in READABLE_SUFFIXES:
            yield path
        elif _suffix(entry.name) in OTHER_SUFFIXES:
            if PurePath(entry.name).stem not in readable_stems:
                yield path
        elif not _suffix(entry.name) and _holds_picture(path):
            yield path


def _named(found: list[tuple[Path, PurePath]]) -> list[FoundPhoto]:
    """Name each photo below its folder; where two would share a name, by its whole path."""
    unique: dict[str, tuple[Path, str]] = {}
    for path, below in found:
        unique.setdefault(os.path.realpath(path), (path, printable(below.as_posix())))
    times = Counter(name for _, name in unique.values())
    photos = []
    for path, name in unique.values():
        if times[name] > 1:
            whole = Path(os.path.abspath(path))  # noqa: PTH100 – Path.resolve would follow links
            name = printable(PurePath(*whole.parts[1:]).as_posix())  # noqa: PLW2901
        photos.append(FoundPhoto(path, name))
    return photos


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads back to itself
        return False


def _holds_picture(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return container.kind_of(stream.read(container.SIGNATURE_BYTES)) in container.READABLE
    except OSError:
        return False
