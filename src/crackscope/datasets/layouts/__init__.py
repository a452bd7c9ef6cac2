"""How datasets lie on disk: one module per layout, each finding its entries in the listing of a folder.

A layout module has a ``NAME`` and ``find(tree, taken, notes)``: it lists the entries of its kind in the tree,
leaves out the pictures that another layout has `taken`, and adds to `notes` a sentence for whatever a person
has to put right before the entries can be relied upon.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts import classes, coco, concrete, crackforest, pairs, yolo
from crackscope.datasets.tree import Tree
from crackscope.errors import DatasetError

Finder = Callable[[Tree, Collection[Path], list[str]], list[Entry]]

# In the order in which they look: what says most of its pictures comes first.
LAYOUTS: dict[str, Finder] = {
    module.NAME: module.find for module in (coco, yolo, crackforest, concrete, pairs, classes)
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that was found in a folder.

    Parameters
    ----------
    root : Path
        Resolved.
    entries : tuple of Entry
        Sorted by path.
    layouts : tuple of str
        Names of the layouts that found something.
    notes : tuple of str
        Sentences on what is ambiguous or could not be listed; training waits until it is put right.
    remarks : tuple of str
        Sentences on what was left out and does no harm.
    """

    root: Path
    entries: tuple[Entry, ...]
    layouts: tuple[str, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def list_entries(folder: Path, *, layout: str | None = None) -> Listing:
    """Find the entries of the datasets in a folder.

    Parameters
    ----------
    folder : Path
    layout : str, optional
        One of `LAYOUTS`, to look for no other; by default every layout looks, and a picture belongs to the
        first that finds it.

    Returns
    -------
    Listing

    Raises
    ------
    DatasetError
        If there is no such folder or layout, or nothing is found.
    """
    if layout is not None and layout not in LAYOUTS:
        raise DatasetError(f"{layout}: no such layout; the layouts are {', '.join(LAYOUTS)}.")
    tree = Tree.scan(folder)
    notes = list(tree.notes)
    taken: set[Path] = set()
    entries: list[Entry] = []
    used: list[str] = []
    for name, find in LAYOUTS.items():
        if layout in (None, name):
            found = find(tree, taken, notes)
            taken |= {entry.image for entry in found if entry.image is not None}
            entries += found
            used += [name] * bool(found)
    if not entries:
        raise DatasetError(_nothing(folder, layout, notes))
    return Listing(tree.root, tuple(_told_apart(entries, notes)), tuple(used), tuple(notes), tree.remarks)


def _nothing(folder: Path, layout: str | None, notes: Sequence[str]) -> str:
    if notes:
        return notes[0]
    if layout is not None:
        return f"{folder}: no dataset in the layout {layout} here; leave --layout out to have it detected."
    return (
        f"{folder}: no dataset here; expected images/ beside masks/, Positive/ and Negative/, COCO or YOLO "
        "annotations, or CrackForest's .mat files."
    )


def _told_apart(entries: list[Entry], notes: list[str]) -> list[Entry]:
    """Sort the entries, and say where two folders give their sets one name."""
    homes: dict[str, Path] = {}
    for entry in sorted(entries, key=lambda each: each.path):
        first = homes.setdefault(entry.set_name, entry.home)
        if first != entry.home:
            sentence = f"{entry.home}: a second set named {entry.set_name} after {first}; rename it."
            if sentence not in notes:
                notes.append(sentence)
    return sorted(entries, key=lambda each: each.path)
