"""Names for files and folders of which no two meet, on any system."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePath

from crackscope.datasets.layouts.words import class_of, part_of, role_of


class FreeNames:
    """Gives out names, with ``-2``, ``-3``… appended to those that are taken.

    Names that differ in their suffix, in upper and lower case, or in the coding of accents only are one:
    masks and labels share them with their pictures, and many disks cannot tell them apart.

    Examples
    --------
    >>> names = FreeNames()
    >>> [names.take("walls", name) for name in ("a.jpg", "b.jpg", "A.png", "a.jpg")]
    ['a.jpg', 'b.jpg', 'A-2.png', 'a-3.jpg']
    """

    def __init__(self) -> None:
        self._taken: set[tuple[str, str]] = set()
        self._last: dict[tuple[str, str], int] = {}

    def take(self, folder: str, name: str) -> str:
        """Return a name that is free in a folder, as near to `name` as can be."""
        stem, suffix = PurePath(name).stem, PurePath(name).suffix
        key = (folder, _alike(stem))
        number, free = self._last.get(key, 1), stem
        while (folder, _alike(free)) in self._taken:
            number += 1
            free = f"{stem}-{number}"
        self._last[key] = number
        self._taken.add((folder, _alike(free)))
        return free + suffix


class SetFolders:
    """Gives each set a folder of its own name, or nearly so where that would be misread."""

    def __init__(self) -> None:
        self._folders: dict[tuple[str, Path], str] = {}
        self._taken: set[str] = set()

    def name(self, set_name: str, home: Path) -> str:
        """Return the folder of a set, the same each time.

        Parameters
        ----------
        set_name : str
        home : Path
            Sets of one name in two folders stay apart.
        """
        key = (set_name, home)
        if key not in self._folders:
            # A folder named like a half, a class or a role would be read as one.
            misread = part_of(set_name) or class_of(set_name) is not None or role_of(set_name)
            wanted = f"set-{set_name}" if misread or not set_name else set_name
            free, number = wanted, 1
            while _alike(free) in self._taken:
                number += 1
                free = f"{wanted}-{number}"
            self._taken.add(_alike(free))
            self._folders[key] = free
        return self._folders[key]


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
