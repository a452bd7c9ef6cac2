"""Which files a dataset's own lists mean, in the tree and never outside it."""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from pathlib import Path, PureWindowsPath

from crackscope.datasets.layouts.words import class_of, part_of, role_of
from crackscope.datasets.tree import Tree


class TreeFiles:
    """The files of a tree, asked for by names that need not be trusted; nothing is looked up on disk.

    Parameters
    ----------
    tree : Tree
    """

    def __init__(self, tree: Tree) -> None:
        self.root = tree.root
        self._files = {path: frozenset(folder.files) for path, folder in tree.folders.items()}

    def place(self, base: Path, name: str) -> Path | None:
        r"""Return the path that a name means below `base`, or None where it leads out of the tree.

        Either kind of slash is understood, whatever the system. The file need not be there.
        """
        if not name or "\0" in name or (PureWindowsPath(name).drive and not Path(name).is_absolute()):
            return None
        path = Path(os.path.normpath(base / name.replace("\\", "/")))
        return path if path.is_relative_to(self.root) else None

    def has_file(self, path: Path) -> bool:
        """Tell whether there is a file, hidden ones left out."""
        return path.name in self._files.get(path.parent, ())

    def has_folder(self, path: Path) -> bool:
        """Tell whether there is a folder, hidden ones left out."""
        return path in self._files


def sets_below_images(paths: Iterable[Path], *, root: Path) -> dict[Path, str]:
    """Name the set of each picture by its folder in ``images/``.

    Parameters
    ----------
    paths : iterable of Path
        Of pictures.
    root : Path
        Only the folders below it count.

    Returns
    -------
    dict of Path to str
        Empty unless every picture lies in ``images/SET/``, halves and classes in between left out.

    Examples
    --------
    >>> sets_below_images([Path("/data/train/images/walls/a.jpg")], root=Path("/data"))
    {PosixPath('/data/train/images/walls/a.jpg'): 'walls'}
    >>> sets_below_images([Path("/data/images/train/a.jpg")], root=Path("/data"))
    {}
    """
    names: dict[Path, str] = {}
    for path in paths:
        folders = path.relative_to(root).parts[:-1]
        images = next((i for i, name in enumerate(folders) if _role(name)[0] == "images"), len(folders))
        inside = folders[images + 1 :]
        name = next((name for name in inside if not part_of(name) and class_of(name) is None), None)
        if name is None:
            return {}
        names[path] = name
    return names


def part_below(path: Path, *, root: Path) -> str | None:
    """Name the half that the last such folder between `root` and a file stands for, or None."""
    folders = path.relative_to(root).parts[-2::-1]
    return next((part for name in folders if (part := part_of(name) or _role(name)[1])), None)


def _role(name: str) -> tuple[str, str | None]:
    return role_of(name) or ("", None)
