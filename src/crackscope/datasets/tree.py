"""The folders and files below a folder, listed once, so that every layout looks at the same listing."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crackscope.errors import DatasetError
from crackscope.imaging.folder import READABLE_SUFFIXES
from crackscope.imaging.photo import printable


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder: names of what is directly in it, sorted; hidden ones are left out."""

    path: Path
    folders: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder and all below it.

    Parameters
    ----------
    root : Path
        Resolved.
    folders : dict of Path to Folder
        Sorted by path, the root first.
    notes : tuple of str
        A sentence for each folder that could not be listed.
    remarks : tuple of str
        A sentence for each link that was left out, which does no harm.
    """

    root: Path
    folders: dict[Path, Folder] = field(repr=False)
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @classmethod
    def scan(cls, folder: Path) -> Tree:
        """List what is below `folder`. Links are followed, but no folder is entered twice.

        Raises
        ------
        DatasetError
            If there is no such folder.
        """
        root = Path(folder).resolve()
        if root.is_file():
            raise DatasetError(
                f"{printable(str(folder))}: is a file, not a folder; if it is an archive, unpack it first."
            )
        if not root.is_dir():
            raise DatasetError(f"{printable(str(folder))}: no such folder; give the folder of a dataset.")
        notes: list[str] = []
        remarks: list[str] = []
        found = {each.path: each for each in _folders_below(root, notes, remarks)}
        return cls(root, dict(sorted(found.items())), tuple(notes), tuple(remarks))

    def below(self, path: Path) -> Iterator[Folder]:
        """Yield a folder and those below it, sorted; nothing for a path that is not in the tree."""
        waiting = [path]
        while waiting:
            found = self.folders.get(waiting.pop())
            if found is not None:
                yield found
                waiting += [found.path / name for name in reversed(found.folders)]

    def pictures_in(self, path: Path) -> list[Path]:
        """List the picture files directly in a folder, by their suffix, sorted."""
        found = self.folders.get(path)
        return [] if found is None else [path / name for name in found.files if is_picture_name(name)]

    def pictures_below(self, path: Path) -> list[Path]:
        """List the picture files in a folder and all below it, sorted by folder and name."""
        return [picture for folder in self.below(path) for picture in self.pictures_in(folder.path)]


def is_picture_name(name: str) -> bool:
    """Tell whether a file's name has the suffix of a picture that can be read."""
    return os.path.splitext(name)[1].lower() in READABLE_SUFFIXES  # noqa: PTH122 – called for every file


def _folders_below(root: Path, notes: list[str], remarks: list[str]) -> Iterator[Folder]:
    """List the folders themselves first, and then those that only links lead to."""
    seen: set[tuple[int, int]] = set()
    waiting, links = [root], deque[Path]()
    while waiting or links:
        path = waiting.pop() if waiting else links.popleft()
        try:
            status = path.stat()
            if (status.st_dev, status.st_ino) in seen:
                remarks.append(f"{path}: is a link to a folder that was listed already; it is left out.")
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(path) as listing:
                entries = sorted((e for e in listing if not e.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            notes.append(f"{path}: the folder cannot be listed ({error.strerror}); mend that and run again.")
            continue
        folders = {entry.name: entry.is_symlink() for entry in entries if _is_dir(entry)}
        yield Folder(path, tuple(folders), tuple(e.name for e in entries if e.name not in folders))
        waiting += [path / name for name, link in reversed(folders.items()) if not link]
        links += [path / name for name, link in folders.items() if link]


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads back to itself
        return False
