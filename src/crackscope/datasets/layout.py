"""Find the pictures and masks of datasets on disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crackscope.datasets.sample import Sample
from crackscope.datasets.sources import source_photo
from crackscope.errors import DatasetError

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp"})
CRACK_FREE_PREFIX = "noncrack"
CRACK_FREE_CLASS = "Negative"


def find_samples(folders: Iterable[Path]) -> list[Sample]:
    """List the samples of one or more datasets, sorted by set and name.

    Understood below each folder: ``images/`` beside ``masks/`` (pairs by file name); ``images/`` alone
    where the set's name begins with ``noncrack`` (crack-free); a class folder ``Negative`` (crack-free). A
    folder that holds several such sets gives them all.

    Parameters
    ----------
    folders : iterable of Path

    Returns
    -------
    list of Sample

    Raises
    ------
    DatasetError
        If a folder is missing or holds no dataset, a picture lacks its mask, or two sets have one name.
    """
    samples: list[Sample] = []
    homes: dict[str, Path] = {}
    for folder in folders:
        root = Path(folder).resolve()
        if not root.is_dir():
            raise DatasetError(f"{folder}: no such folder; give the folder of a dataset.")
        found = [*_pairs(root), *_crack_free_classes(root)]
        if not found:
            raise DatasetError(
                f"{folder}: no dataset here; expected images/ beside masks/, or a folder {CRACK_FREE_CLASS}/."
            )
        for home, sample in found:
            if homes.setdefault(sample.set_name, home) != home:
                raise DatasetError(
                    f"{home}: a second set named {sample.set_name} after {homes[sample.set_name]}; rename it."
                )
            samples.append(sample)
    return sorted(set(samples))


def _pairs(root: Path) -> list[tuple[Path, Sample]]:
    found = []
    for images in _folders_named(root, "images"):
        home = images.parent
        masks = _pictures_by_stem(home / "masks")
        crack_free = home.name.startswith(CRACK_FREE_PREFIX) and not masks
        if not masks and not crack_free:
            raise DatasetError(
                f"{home}: has images/ but no masks/; add them, or name the set {CRACK_FREE_PREFIX}…"
            )
        for stem, image in _pictures_by_stem(images).items():
            if not crack_free and stem not in masks:
                raise DatasetError(
                    f"{image}: has no mask in {home.name}/masks; add {stem}.png or take the picture out."
                )
            source = source_photo(stem, set_name=home.name)
            found.append((home, Sample(home.name, image, masks.get(stem), source)))
    return found


def _crack_free_classes(root: Path) -> list[tuple[Path, Sample]]:
    found = []
    for negative in _folders_named(root, CRACK_FREE_CLASS):
        home = (
            negative.parent.parent
            if negative.parent.name in ("train", "test", "val", "valid")
            else negative.parent
        )
        pictures = _pictures_by_stem(negative)
        if not pictures and (negative / "images").is_dir():
            continue  # found as a paired folder
        found += [
            (home, Sample(home.name, image, None, source_photo(stem, set_name=home.name)))
            for stem, image in pictures.items()
        ]
    return found


def _folders_named(root: Path, name: str) -> list[Path]:
    below = sorted(path for path in root.rglob(name) if path.is_dir())
    return [root, *below] if root.name == name else below


def _pictures_by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in PICTURE_SUFFIXES and found.setdefault(path.stem, path) != path:
            raise DatasetError(f"{path}: has the same name as {found[path.stem].name} beside it; rename one.")
    return found
