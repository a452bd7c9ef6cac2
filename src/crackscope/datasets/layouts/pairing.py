"""Which mask belongs to which picture, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from crackscope.datasets.tree import is_picture_name

_MASK_ENDING = re.compile(r"[\s_.-](mask|label|lab|gt|seg|segmentation|groundtruth|ground_truth)$", re.I)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Pictures and masks side by side.

    Parameters
    ----------
    pairs : tuple of (Path, Path)
        Picture and mask.
    lone_images, lone_masks : tuple of Path
        What found no partner.
    notes : tuple of str
        A sentence for each name that could mean two files.
    """

    pairs: tuple[tuple[Path, Path], ...]
    lone_images: tuple[Path, ...]
    lone_masks: tuple[Path, ...]
    notes: tuple[str, ...]

    def rows(self) -> Iterator[tuple[Path | None, Path | None]]:
        """Yield picture and mask of each pair, then each that is alone."""
        yield from self.pairs
        for image in self.lone_images:
            yield image, None
        for mask in self.lone_masks:
            yield None, mask


def pair(images: Sequence[Path], masks: Sequence[Path], *, image_root: Path, mask_root: Path) -> Pairing:
    """Pair pictures with masks of the same name below their folders, whatever the suffix.

    Looked for in turn: the same name; the same but for upper and lower case; the same but for an ending
    such as ``_mask`` or ``.jpg``. A name that would then stand for two files pairs with neither.

    Parameters
    ----------
    images, masks : sequence of Path
        Sorted.
    image_root, mask_root : Path
        The folders below which the names are compared.
    """
    notes: list[str] = []
    image_by_name = _by_name(images, image_root, notes)
    mask_by_name = _by_name(masks, mask_root, notes)
    paired: dict[Path, Path] = {}
    for spelling in (str, str.casefold, _without_ending):
        left_images = {name: path for name, path in image_by_name.items() if path not in paired}
        used = set(paired.values())
        left_masks = {name: path for name, path in mask_by_name.items() if path not in used}
        if not left_images or not left_masks:
            break
        by_spelling = _unambiguous((spelling(name), path) for name, path in left_masks.items())
        for wanted, image in _unambiguous(
            (spelling(name), path) for name, path in left_images.items()
        ).items():
            if wanted in by_spelling:
                paired[image] = by_spelling[wanted]
    with_image = set(paired.values())
    return Pairing(
        pairs=tuple(sorted(paired.items())),
        lone_images=tuple(path for path in images if path not in paired),
        lone_masks=tuple(path for path in masks if path not in with_image),
        notes=tuple(notes),
    )


def _by_name(paths: Iterable[Path], root: Path, notes: list[str]) -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    by_case: dict[str, str] = {}
    for path in paths:
        name = path.relative_to(root).with_suffix("").as_posix()
        first = found.setdefault(name, path)
        if first != path:
            notes.append(f"{path}: has the same name as {first.name} beside it; rename one.")
        other = by_case.setdefault(name.casefold(), name)
        if other != name:
            notes.append(
                f"{path}: differs from {PurePath(other).name}{found[other].suffix} in case only, and many"
                " disks cannot hold both; rename one."
            )
    return found


def _unambiguous(named: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    twice = set()
    for name, path in named:
        if found.setdefault(name, path) != path:
            twice.add(name)
    return {name: path for name, path in found.items() if name not in twice}


def _without_ending(name: str) -> str:
    name = name.casefold()
    while is_picture_name(name):  # NAME.jpg.png
        name = name.rpartition(".")[0]
    return _MASK_ENDING.sub("", name)
