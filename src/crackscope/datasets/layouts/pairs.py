"""Paired folders: ``images/`` beside ``masks/``, at any depth, in one part or in halves."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts.pairing import pair
from crackscope.datasets.layouts.words import (
    MASK_FOLDERS,
    class_of,
    home_of,
    is_crack_free_name,
    part_of,
    role_of,
)
from crackscope.datasets.mask_source import MaskFile
from crackscope.datasets.tree import Folder, Tree

NAME = "pairs"

# Datasets that are often merged into one folder; the names of their files say which one each is from.
_MERGED = re.compile(
    r"^(cfd|crack500|cracktree200|deepcrack|eugen|forest|gaps384|noncrack|rissbilder|sylvie|volker)(?=[_-])",
    re.I,
)


def find(tree: Tree, taken: Collection[Path], notes: list[str]) -> list[Entry]:
    """List the entries of all paired folders in a tree, leaving out pictures that are `taken`."""
    entries: list[Entry] = []
    for folder in tree.folders.values():
        role = role_of(folder.path.name)
        if role and role[0] == "images" and not _inside_role(folder.path, tree.root):
            entries += _entries(tree, folder, role[1], taken, notes)
    return entries


def _inside_role(path: Path, root: Path) -> bool:
    """Whether a folder above, in the tree, holds images or masks by its name: this one is part of it."""
    return any(role_of(above.name) for above in path.parents if above.is_relative_to(root) and above != root)


def _entries(
    tree: Tree, folder: Folder, part: str | None, taken: Collection[Path], notes: list[str]
) -> Iterator[Entry]:
    images = [path for path in tree.pictures_below(folder.path) if path not in taken]
    if not images:
        return
    home, half = home_of(folder.path.parent)
    part = part or half
    mask_root, masks = _masks_beside(tree, folder)
    pairing = pair(images, masks, image_root=folder.path, mask_root=mask_root)
    notes += pairing.notes
    names = _set_names(images, home.name)
    crack_free_set = is_crack_free_name(home.name)
    for image, mask in pairing.rows():
        path = image or mask
        assert path is not None
        inside = path.relative_to(folder.path if image else mask_root).parts
        yield Entry(
            set_name=names.get(path, home.name),
            home=home,
            image=image,
            mask=MaskFile(mask) if mask else None,
            cracked=False if crack_free_set or is_crack_free_name(path.name) else _class_in(inside),
            part=part or (part_of(inside[0]) if len(inside) > 1 else None),
        )


def _masks_beside(tree: Tree, folder: Folder) -> tuple[Path, list[Path]]:
    """Find the folder of masks beside one of images: of several the one whose name is the most usual."""
    own_part = (role_of(folder.path.name) or ("", None))[1]
    beside = tree.folders.get(folder.path.parent)
    candidates = []
    for name in beside.folders if beside else ():
        role = role_of(name)
        if role and role == ("masks", own_part):
            word = next((i for i, word in enumerate(MASK_FOLDERS) if word in name.lower()), len(MASK_FOLDERS))
            candidates.append((word, name))
    for _, name in sorted(candidates):
        if masks := tree.pictures_below(folder.path.parent / name):
            return folder.path.parent / name, masks
    return folder.path.parent / "masks", []


def _set_names(images: list[Path], home: str) -> dict[Path, str]:
    """Name the sets of a merged folder by its files; empty for a folder of one set."""
    names = {image: match.group(1).lower() for image in images if (match := _MERGED.match(image.name))}
    return names if len(set(names.values()) | ({home} if len(names) < len(images) else set())) > 1 else {}


def _class_in(inside: Sequence[str]) -> bool | None:
    return next((found for name in inside[:-1] if (found := class_of(name)) is not None), None)
