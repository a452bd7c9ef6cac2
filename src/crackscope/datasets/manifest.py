"""A split as a file: which picture is in which part, with hashes, so that it can be found again unchanged."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from crackscope.datasets.entry import Entry
from crackscope.datasets.file_hash import file_sha256
from crackscope.datasets.layouts import LAYOUTS, Listing, list_entries
from crackscope.datasets.manifest_rows import AGAIN, COLUMNS, ENCODING, ERRORS, Row, read_rows
from crackscope.datasets.sample import Sample
from crackscope.datasets.split import Split
from crackscope.datasets.width_bands import Shown
from crackscope.errors import DatasetError
from crackscope.whole_file import whole_file

SUFFIX = ".csv"


def is_manifest(path: Path) -> bool:
    """Tell whether a path given in place of a dataset's folder is that of a split's file."""
    return path.suffix.lower() == SUFFIX and not path.is_dir()


def is_split(path: Path) -> bool:
    """Tell whether a file begins as a split's does."""
    try:
        with path.open("rb") as file:
            return file.read(200).startswith(",".join(COLUMNS[:3]).encode("ascii"))
    except OSError:
        return False


def write_manifest(
    split: Split,
    path: Path,
    *,
    shown: Mapping[Path, Shown] | None = None,
    hashed: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> None:
    """Write one row per picture, sorted by part, set and path: the same split gives the same bytes.

    Paths are relative to the manifest's folder, with forward slashes, so that both may move together; they
    are absolute where there is no way from one to the other.

    Parameters
    ----------
    split : Split
    path : Path
    shown : mapping, optional
        What each picture's mask shows, by the picture's path; left empty where it is not known.
    hashed : bool
        Write the SHA-256 of every picture and mask file.
    progress : callable
        Called after each row.

    Raises
    ------
    CrackscopeError
        If a file cannot be read for its hash, or the disk refuses.
    """
    home = path.parent.resolve()
    with (
        whole_file(path) as temporary,
        temporary.open("w", newline="", encoding=ENCODING, errors=ERRORS) as file,
    ):
        plain = csv.writer(file, lineterminator="\n")
        quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)  # what holds a carriage return
        plain.writerow(COLUMNS)
        for part, samples in split.parts():
            for sample in sorted(samples):
                mask = sample.mask.path if sample.mask else None
                row = (
                    part,
                    sample.set_name,
                    sample.source,
                    sample.together,
                    *_seen(sample, shown or {}),
                    _relative(sample.folder, home),
                    _relative(sample.image, home),
                    _relative(mask, home),
                    file_sha256(sample.image) if hashed else "",
                    file_sha256(mask) if hashed and mask else "",
                )
                (quoted if any("\r" in cell for cell in row) else plain).writerow(row)
                progress()


def read_manifest(path: Path, *, progress: Callable[[], None] | None = None) -> list[Sample]:
    """Find the pictures of a split again, and check that they and their masks are unchanged.

    The folders that it names are searched as `find_samples` does it, so that masks of every layout are read.
    Pictures that it does not name are not used. Set, source, group and part are those that it states.

    Parameters
    ----------
    path : Path
    progress : callable, optional
        Called after each picture that was checked.

    Returns
    -------
    list of Sample
        Sorted by set and picture; their parts are settled.

    Raises
    ------
    DatasetError
        If the file is no split, contradicts itself, or a picture or mask is missing or changed.
    """
    rows = read_rows(path)
    found = _find(path, rows)
    samples = []
    for row in rows:
        entry = found.get(row.picture)
        if entry is None:
            raise _not_found(path, row)
        for file, sha256 in ((row.picture, row.picture_sha256), (row.mask, row.mask_sha256)):
            if file is not None and sha256 and file_sha256(file) != sha256:
                raise DatasetError(
                    f"{file}: has changed since {path.name} was made; put the old file back, or {AGAIN}."
                )
        samples.append(
            Sample(
                row.set_name,
                row.picture,
                entry.mask,
                row.source,
                row.part,
                settled=True,
                group=row.group,
                folder=row.folder,
                unmasked_crack=row.cracked and entry.mask is None,
            )
        )
        if progress is not None:
            progress()
    return sorted(samples)


def list_manifest(path: Path) -> Listing:
    """List the pictures of a split like those of a folder, each in its part; see `read_manifest`."""
    samples = read_manifest(path)
    folders = {sample.folder: None for sample in samples if sample.folder is not None}
    entries = [
        Entry(
            sample.set_name,
            sample.folder or sample.image.parent,
            sample.image,
            sample.mask,
            sample.unmasked_crack if sample.mask is None else None,
            sample.part,
        )
        for sample in samples
    ]
    root = Path(os.path.commonpath(folders)) if folders else path.parent
    return Listing(root, tuple(entries), ("split",), ())


def read_split_csv(path: Path) -> list[tuple[str, str]]:
    """Read the part and source photo of every picture of a run's split, without looking for the pictures.

    Earlier versions wrote fewer columns; these two are in all.

    Raises
    ------
    DatasetError
        If the file cannot be read.
    """
    try:
        with path.open(newline="", encoding=ENCODING, errors=ERRORS) as file:
            return [(row["part"], row["source"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, csv.Error) as error:
        raise DatasetError(f"{path}: cannot be read as a split; train again.") from error


def _seen(sample: Sample, shown: Mapping[Path, Shown]) -> tuple[str, str]:
    known = shown.get(sample.image)
    if known is None:
        if sample.mask is not None:
            return "", ""
        return "yes" if sample.unmasked_crack else "no", ""
    return "yes" if known.cracked else "no", known.band


def _relative(path: Path | None, home: Path) -> str:
    if path is None:
        return ""
    try:
        return Path(os.path.relpath(path, home)).as_posix()
    except ValueError:  # another drive of Windows
        return path.as_posix()


def _find(path: Path, rows: Sequence[Row]) -> dict[Path, Entry]:
    """Find the entries of the rows, by picture.

    The mask's file says which layout a picture was found by: where two layouts give it different masks, the
    one with this file is taken.
    """
    found: dict[Path, Entry] = {}
    by_folder: dict[Path, dict[Path, Path | None]] = defaultdict(dict)
    for row in rows:
        by_folder[row.folder][row.picture] = row.mask
    for folder, masks in by_folder.items():
        for entries in _listings(path, folder):
            for entry in entries:
                if entry.image in masks and masks[entry.image] == (entry.mask.path if entry.mask else None):
                    found.setdefault(entry.image, entry)
            if masks.keys() <= found.keys():
                break
    return found


def _listings(path: Path, folder: Path) -> Iterator[tuple[Entry, ...]]:
    """List a folder by all layouts together, then by one after the other."""
    try:
        yield list_entries(folder).entries
    except DatasetError as error:
        raise DatasetError(
            f"{path}: its pictures are not to be found: {error} The paths in it start at its own folder: put"
            f" it back beside them, or {AGAIN}."
        ) from error
    for layout in LAYOUTS:
        try:
            yield list_entries(folder, layout=layout).entries
        except DatasetError:  # nothing in this layout
            continue


def _not_found(path: Path, row: Row) -> DatasetError:
    gone = next((file for file in (row.picture, row.mask) if file is not None and not file.exists()), None)
    if gone is not None:
        return DatasetError(f"{gone}: is missing, and {path.name} names it; put it back, or {AGAIN}.")
    return DatasetError(
        f"{row.picture}: no longer belongs to the mask that {path.name} names for it;"
        f" put the files back where they were, or {AGAIN}."
    )
