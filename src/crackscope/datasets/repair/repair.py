"""From a dataset and its audit to a new dataset worth training on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crackscope.datasets.audit.result import Audit
from crackscope.datasets.choices import Choice
from crackscope.datasets.layouts import Listing
from crackscope.datasets.repair.cleaning import Cleaning
from crackscope.datasets.repair.plan import decide, does_something
from crackscope.datasets.repair.writing import RepairWriter
from crackscope.errors import CrackscopeError, DatasetError
from crackscope.imaging.photo import printable
from crackscope.whole_file import cannot_write, whole_folder

LOG = "repair.jsonl"


@dataclass(frozen=True, slots=True)
class RepairResult:
    """What a repair did.

    Parameters
    ----------
    pictures, kept : int
        Pictures in the old and in the new dataset.
    actions : mapping of str to int
        Number of files by what was done to them; see `Change`.
    set_aside : mapping of str to int
        Number of files in quarantine, by kind of finding.
    mended : mapping of str to int
        Number of masks that were mended, by kind of finding; a mask with two faults counts for both.
    left : mapping of str to int
        Number of findings that nothing was done about and no person rejected, by kind.
    """

    pictures: int
    kept: int
    actions: Mapping[str, int]
    set_aside: Mapping[str, int]
    mended: Mapping[str, int]
    left: Mapping[str, int]


def repair(
    listing: Listing,
    audit: Audit,
    destination: Path,
    *,
    choices: Mapping[str, Choice] | None = None,
    cleaning: Cleaning | None = None,
    progress: Callable[[], None] = lambda: None,
) -> RepairResult:
    """Write a dataset anew, in paired folders, with its faults mended or set aside.

    The old dataset is only read. The new one appears when it is complete. Beside the sets it holds
    ``repair.jsonl``, a line for each file that changed, and ``quarantine/``. The same input gives the same
    bytes.

    Parameters
    ----------
    listing : Listing
    audit : Audit
        Of this listing.
    destination : Path
        Does not exist, is empty, or is the result of an earlier repair, which is replaced unless files were
        added to it.
    choices : mapping, optional
        A person's choices about the findings, by `Finding.key`. What is not in it is acted upon where it is
        certain or a mask lies turned.
    cleaning : Cleaning, optional
        For noisy masks.
    progress : callable
        Called after each entry.

    Returns
    -------
    RepairResult

    Raises
    ------
    CrackscopeError
        If the destination lies in the dataset, holds something else, or cannot be written, or if no picture
        would be left; then it is as before.
    """
    target = Path(destination).resolve()
    replace = _is_earlier_repair(target, listing.root)
    actions: Counter[str] = Counter()
    set_aside: Counter[str] = Counter()
    mended: Counter[str] = Counter()
    masked_homes = {entry.home for entry in listing.entries if entry.mask is not None}
    class_homes = {entry.home for entry in listing.entries if entry.cracked} - masked_homes
    with whole_folder(target, replace=replace) as folder:
        writer = RepairWriter(listing.root, folder, cleaning or Cleaning(), class_homes)
        with (folder / LOG).open("w", encoding="utf-8", newline="\n") as log:
            for decision in decide(listing, audit, choices or {}):
                for change in writer.write(decision):
                    log.write(json.dumps(change.to_document(), ensure_ascii=True) + "\n")
                    actions[change.action] += 1
                    if change.action == "set-aside":
                        set_aside.update(change.kinds)
                    if change.action == "mended":
                        mended.update(change.kinds)
                progress()
        if not writer.kept:
            raise DatasetError(_nothing_left(listing, audit))
        if replace:
            _check_nothing_added(target, folder)
    left = Counter(
        finding.kind
        for finding in audit.findings
        if finding.key not in (choices or {}) and not does_something(finding, choices or {})
    )
    return RepairResult(audit.pictures, writer.kept, actions, set_aside, mended, left)


def _nothing_left(listing: Listing, audit: Audit) -> str:
    if listing.notes:
        return listing.notes[0]
    finding = next((each for each in audit.findings if each.certain), None)
    first = f"; the first: {finding.path} {finding.detail}" if finding else ""
    return f"{printable(str(listing.root))}: not one picture would be left{first}; look at the audit."


def _is_earlier_repair(target: Path, root: Path) -> bool:
    """Check the destination; tell whether it holds an earlier repair that may be replaced."""
    shown = printable(str(target))
    if target == root or target.is_relative_to(root):
        raise CrackscopeError(f"{shown}: lies in the dataset to be repaired; choose a folder outside it.")
    if root.is_relative_to(target):
        raise CrackscopeError(f"{shown}: holds the dataset to be repaired; choose another folder.")
    try:
        if target.exists() and not target.is_dir():
            raise CrackscopeError(f"{shown}: is a file; choose a new folder.")
        if not target.is_dir() or not any(target.iterdir()):
            return False
    except OSError as error:
        raise cannot_write(target, error) from error
    if not (target / LOG).is_file():
        raise CrackscopeError(f"{shown}: is not empty and no earlier repair; choose a new folder.")
    return True


def _check_nothing_added(target: Path, folder: Path) -> None:
    """Refuse to replace an earlier repair that holds files which the new one has no counterpart of."""
    for path in sorted(target.rglob("*")):
        below = path.relative_to(target)
        if path.is_file() and not (folder / below).exists():
            raise CrackscopeError(
                f"{printable(str(path))}: is not part of the new repair and would be lost; move it away, or"
                " choose a new folder."
            )
