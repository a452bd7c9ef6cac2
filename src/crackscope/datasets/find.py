"""Find the pictures and masks of datasets on disk, ready to train and judge on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts import list_entries
from crackscope.datasets.layouts.words import CRACK_FREE_PREFIX, TRAIN
from crackscope.datasets.manifest import is_manifest, read_manifest
from crackscope.datasets.sample import Sample
from crackscope.datasets.sources import source_photo
from crackscope.errors import DatasetError

_AUDIT = "'crackscope data audit' lists them all"


def find_samples(
    folders: Iterable[Path], *, layout: str | None = None, unmasked_cracks: bool = False
) -> list[Sample]:
    """List the samples of one or more datasets, sorted by set and name.

    Every layout of `crackscope.datasets.layouts` is understood; a folder that holds several sets gives them
    all. Pictures that are known to be cracked but have no mask are left out unless they are asked for;
    masks without pictures always are. A split's CSV file in place of a folder gives the pictures that it
    names, each in its part; see `read_manifest`.

    Parameters
    ----------
    folders : iterable of Path
        Folders of datasets, or CSV files of splits.
    layout : str, optional
        Look in folders for this layout only.
    unmasked_cracks : bool
        Also list pictures that are known to be cracked though nobody drew where, as classifiers take them.

    Returns
    -------
    list of Sample

    Raises
    ------
    DatasetError
        If a folder is missing or holds no dataset, a picture lacks its mask, a name could mean two files, two
        sets have one name, or a split's pictures have changed.
    """
    samples: dict[Path, Sample] = {}
    homes: dict[str, Path] = {}
    for folder in folders:
        if is_manifest(Path(folder)):
            _add_settled(samples, Path(folder))
            continue
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
            if found := to_sample(entry, folder=listing.root):
                known = samples.get(found.image)
                samples[found.image] = known if known and known.settled else found
    return sorted(sample for sample in samples.values() if unmasked_cracks or not sample.unmasked_crack)


def to_sample(entry: Entry, *, folder: Path) -> Sample | None:
    """Make a sample of an entry found in a folder; None where it has no picture, or nobody says whether it is
    cracked.

    A name that tells no photo says nothing across the halves and classes of a dataset: 001 of the training
    half and 001 of the test half are two photos, and so are those of the cracked and the crack-free class.
    """
    if entry.image is None or (entry.mask is None and entry.cracked is None):
        return None
    unmasked_crack = entry.mask is None and entry.cracked is True
    source = source_photo(entry.image.stem, set_name=entry.set_name)
    if source == f"{entry.set_name}/{entry.image.stem}":
        half = [entry.part] if entry.part not in (None, TRAIN) else []
        source = "/".join(
            [entry.set_name, *["cracked"] * bool(entry.cracked), *map(str, half), entry.image.stem]
        )
    return Sample(
        entry.set_name,
        entry.image,
        entry.mask,
        source,
        entry.part,
        folder=folder,
        unmasked_crack=unmasked_crack,
    )


def _add_settled(samples: dict[Path, Sample], manifest: Path) -> None:
    """Add the samples of a split's file; they take the place of those of folders."""
    for sample in read_manifest(manifest):
        known = samples.get(sample.image)
        if known is not None and known.settled and known.part != sample.part:
            raise DatasetError(
                f"{sample.image}: is in the {known.part} part of one split and in the {sample.part} part of"
                f" {manifest}; give one of them."
            )
        samples[sample.image] = sample


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
