"""Classes with masks: ``{Positive,Negative}/{Images,Masks}``, also where a folder is called ``Mask``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts.pairing import pair
from crackscope.datasets.layouts.words import class_of, home_of, role_of
from crackscope.datasets.mask_source import MaskFile
from crackscope.datasets.tree import Folder, Tree

NAME = "concrete"


def find(tree: Tree, taken: Collection[Path], notes: list[str]) -> list[Entry]:
    """List the entries of the class folders that hold images and masks."""
    entries: list[Entry] = []
    for folder in tree.folders.values():
        cracked = class_of(folder.path.name)
        if cracked is None:
            continue
        image_root, images = _pictures(tree, folder, "images")
        mask_root, masks = _pictures(tree, folder, "masks")
        images = [path for path in images if path not in taken]
        if not images and not masks:
            continue
        home, part = home_of(folder.path)
        pairing = pair(images, masks, image_root=image_root, mask_root=mask_root)
        notes += pairing.notes
        entries += [
            Entry(home.name, home, image, MaskFile(mask) if mask else None, cracked, part, mask_due=True)
            for image, mask in pairing.rows()
        ]
    return entries


def _pictures(tree: Tree, folder: Folder, kind: str) -> tuple[Path, list[Path]]:
    for name in folder.folders:
        role = role_of(name)
        if role and role[0] == kind and (pictures := tree.pictures_below(folder.path / name)):
            return folder.path / name, pictures
    return folder.path, []
