"""Find the pictures and masks of datasets on disk, ready to train and judge on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts import list_entries
from crackscope.datasets.layouts.words import CRACK_FREE_PREFIX
from crackscope.datasets.sample import Sample
from crackscope.datasets.sources import source_photo
from crackscope.errors import DatasetError

_AUDIT = "'crackscope data audit' lists them all"


def find_samples(folders: Iterable[Path], *, layout: str | None = None) -> list[Sample]:
    """List the samples of one or more datasets, sorted by set and name.

    Every layout of `crackscope.datasets.layouts` is understood; a folder that holds several sets gives them
    all. Pictures that are known to be cracked but have no mask are left out, and so are masks without
    pictures.

    Parameters
    ----------
    folders : iterable of Path
    layout : str, optional
        Look for this layout only.

    Returns
    -------
    list of Sample

    Raises
    ------
    DatasetError
        If a folder is missing or holds no dataset, a picture lacks its mask, a name could mean two files, or
        two sets have one name.
    """
    samples: dict[Path, Sample] = {}
    homes: dict[str, Path] = {}
    for folder in folders:
        listing = list_entries(Path(folder), layout=layout)
        if listing.notes:
            raise DatasetError(listing.notes[0])
        _check_masks(listing.entries)
        for entry in listing.entries:
            first = homes.setdefault(entry.set_name, entry.home)
            if first != entry.home:
                raise DatasetError(
                    f"{entry.home}: a second set named {entry.set_name} after {first}; rename it."
                )
            if sample := to_sample(entry):
                samples[sample.image] = sample
    return sorted(samples.values())


def to_sample(entry: Entry) -> Sample | None:
    """Make a sample of an entry; None where it has no picture, or its cracks are not known."""
    if entry.image is None or (entry.mask is None and entry.cracked is not False):
        return None
    source = source_photo(entry.image.stem, set_name=entry.set_name)
    return Sample(entry.set_name, entry.image, entry.mask, source, entry.part)


def _check_masks(entries: Iterable[Entry]) -> None:
    """Refuse pictures of which nobody says whether they are cracked."""
    unknown: dict[Path, list[Entry]] = {}
    masked: set[Path] = set()
    for entry in entries:
        if entry.mask is not None:
            masked.add(entry.home)
        elif entry.cracked is None:
            unknown.setdefault(entry.home, []).append(entry)
    for home, own in unknown.items():
        if home not in masked:
            raise DatasetError(
                f"{home}: has images/ but no masks/; add them, or name the set {CRACK_FREE_PREFIX}…"
            )
        first = own[0].path
        others = f", nor have {len(own) - 1} others ({_AUDIT})" if len(own) > 1 else ""
        raise DatasetError(
            f"{first}: has no mask in {home.name}/masks{others};"
            f" add {first.stem}.png or take the picture out."
        )
