"""Class folders without masks: ``{Positive,Negative}``, with or without halves around them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts.words import class_of, home_of, role_of
from crackscope.datasets.tree import Tree

NAME = "classes"


def find(tree: Tree, taken: Collection[Path], notes: list[str]) -> list[Entry]:  # noqa: ARG001
    """List the pictures that lie directly in class folders."""
    entries: list[Entry] = []
    for folder in tree.folders.values():
        cracked = class_of(folder.path.name)
        if cracked is None or _inside_masks(folder.path, tree.root):
            continue
        home, part = home_of(folder.path)
        entries += [
            Entry(home.name, home, image, None, cracked, part)
            for image in tree.pictures_in(folder.path)
            if image not in taken
        ]
    return entries


def _inside_masks(path: Path, root: Path) -> bool:
    roles = [role_of(above.name) for above in path.parents if above.is_relative_to(root)]
    return any(role is not None and role[0] == "masks" for role in roles)
