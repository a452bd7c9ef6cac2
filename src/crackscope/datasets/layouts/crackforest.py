"""CrackForest: ``image/`` beside ``groundTruth/`` with a MATLAB file for each picture."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts.words import home_of, role_of
from crackscope.datasets.mat_file import MatFile
from crackscope.datasets.tree import Folder, Tree

NAME = "crackforest"

_MASK_FOLDERS = ("groundtruth", "ground_truth")


def find(tree: Tree, taken: Collection[Path], notes: list[str]) -> list[Entry]:
    """List the pictures and MATLAB files of the folders named ``groundTruth`` and those beside them."""
    entries: list[Entry] = []
    for folder in tree.folders.values():
        if folder.path.name.lower() in _MASK_FOLDERS:
            entries += _entries(tree, folder, taken, notes)
    return entries


def _entries(tree: Tree, folder: Folder, taken: Collection[Path], notes: list[str]) -> Iterator[Entry]:
    masks = {Path(name).stem: folder.path / name for name in folder.files if name.lower().endswith(".mat")}
    if not masks:
        return
    home, part = home_of(folder.path.parent)
    used: dict[str, Path] = {}
    for image in _pictures_beside(tree, folder):
        if used.setdefault(image.stem, image) != image:
            notes.append(f"{image}: has the same name as {used[image.stem]}; rename one.")
        elif image not in taken:
            mask = masks.get(image.stem)
            yield Entry(home.name, home, image, MatFile(mask) if mask else None, None, part)
    for stem, mask in masks.items():
        if stem not in used:
            yield Entry(home.name, home, None, MatFile(mask), None, part)


def _pictures_beside(tree: Tree, folder: Folder) -> list[Path]:
    beside = tree.folders.get(folder.path.parent)
    names = beside.folders if beside else ()
    return [
        picture
        for name in names
        if role_of(name) == ("images", None)
        for picture in tree.pictures_in(folder.path.parent / name)
    ]
