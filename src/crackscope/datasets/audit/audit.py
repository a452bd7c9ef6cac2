"""One pass over a dataset that finds what is wrong with it."""

from __future__ import annotations

import mmap
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import IO

import numpy as np

from crackscope.datasets.audit.common_findings import (
    Listed,
    duplicate_findings,
    same_files,
    source_findings,
)
from crackscope.datasets.audit.entry_findings import entry_findings
from crackscope.datasets.audit.examination import examined, one_thread_each, processors
from crackscope.datasets.audit.facts import Facts
from crackscope.datasets.audit.facts_cache import FactsCache
from crackscope.datasets.audit.fatness import LEAST_CONTRAST
from crackscope.datasets.audit.fingerprint import SIDE
from crackscope.datasets.audit.near_duplicates import Twin, find_twins
from crackscope.datasets.audit.result import Audit, SetSummary, below, sorted_findings
from crackscope.datasets.entry import Entry
from crackscope.datasets.finding import Finding
from crackscope.datasets.layouts import Listing

OUTSIDE = "reach outside their picture and are cut off at its edge"
CROSSING = "cross themselves, so that what they enclose twice is left out"


class _Gathered:
    """What grows with the dataset while it is looked at: little for each picture, and prints on disk."""

    def __init__(self, listing: Listing, prints: IO[bytes]) -> None:
        self._root = listing.root
        self._masked_homes = {entry.home for entry in listing.entries if entry.mask is not None}
        self._prints = prints
        self._printed: list[int] = []
        self.findings: list[Finding] = []
        self.pictures: list[Listed] = []
        self.fatness: dict[str, list[tuple[float, float]]] = {}
        self.widths_px: dict[str, float] = {}
        self._doubtful: dict[tuple[Path, str], list[str]] = {}
        self.alike: list[tuple[str, str]] = []

    def add(self, entry: Entry, sha256: str, facts: Facts) -> None:
        """Note what is wrong with an entry by itself, and what it has to be compared by."""
        masks_expected = entry.mask_due or entry.home in self._masked_homes
        self.findings += entry_findings(entry, facts, name=self._name, masks_expected=masks_expected)
        fatness = facts.mask.fatness if facts.mask else None
        if fatness is not None and fatness.contrast >= LEAST_CONTRAST:
            self.fatness.setdefault(entry.set_name, []).append((fatness.factor, fatness.margin_px))
        if entry.image is None:
            return
        for count, what in ((facts.outside, OUTSIDE), (facts.crossing, CROSSING)):
            if count and entry.mask is not None:
                self._doubtful.setdefault((entry.mask.path, what), []).append(entry.image.name)
        if fatness is not None:
            self.widths_px[self._name(entry.image)] = round(fatness.mask_px, 2)
        if facts.print is not None:
            self._printed.append(len(self.pictures))
            self._prints.write(facts.print.tobytes())
        mask = self._name(entry.mask.path) if entry.mask else None
        comparable = sha256 if facts.picture else ""  # two broken files are not the same picture
        self.pictures.append(
            Listed(self._name(entry.image), entry.set_name, entry.image.stem, entry.part, comparable, mask)
        )

    def compare(self) -> None:
        """Note what is wrong between the pictures."""
        copies = same_files(self.pictures)
        alike = list(self._alike(copies))
        self.findings += duplicate_findings(self.pictures, copies, alike)
        pairs = [*copies.items(), *((pair.first, pair.second) for pair in alike)]
        self.alike = [(self.pictures[one].path, self.pictures[two].path) for one, two in pairs]
        self.findings += source_findings(self.pictures)

    def doubts(self) -> tuple[str, ...]:
        """Say which annotation files have outlines that cannot be meant so."""
        return tuple(
            f"{path}: pictures whose outlines {what}: {len(names):,}, the first {names[0]};"
            " draw these anew if it matters."
            for (path, what), names in sorted(self._doubtful.items())
        )

    def _name(self, path: Path) -> str:
        return below(path, self._root)

    def _alike(self, copies: Mapping[int, int]) -> Iterator[Twin]:
        """Compare the prints of all pictures but the copies of others."""
        self._prints.flush()
        if not self._printed:
            return
        mapped = mmap.mmap(self._prints.fileno(), 0, access=mmap.ACCESS_READ)

        def give_back() -> None:
            if hasattr(mapped, "madvise"):  # not on Windows
                mapped.madvise(mmap.MADV_DONTNEED)

        prints = np.frombuffer(mapped, np.int8).reshape(-1, SIDE, SIDE)
        for twin in find_twins(prints, after_block=give_back):
            first, second = self._printed[twin.first], self._printed[twin.second]
            if first not in copies and second not in copies:
                yield replace(twin, first=first, second=second)


def audit(
    listing: Listing,
    *,
    cache_folder: Path | None = None,
    workers: int | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Audit:
    """Look at every picture and mask of a dataset.

    Parameters
    ----------
    listing : Listing
    cache_folder : Path, optional
        Keeps what is found out by the content of the files, so that a second audit is quick.
    workers : int, optional
        Pictures looked at at once; the processors this process may use by default.
    progress : callable
        Called after each entry.

    Returns
    -------
    Audit
    """
    with tempfile.TemporaryFile() as prints, FactsCache(cache_folder) as cache, one_thread_each():
        gathered = _Gathered(listing, prints)
        for entry, sha256, facts in examined(listing.entries, cache, workers or processors()):
            gathered.add(entry, sha256, facts)
            progress()
        gathered.compare()
    return Audit(
        listing.root,
        len(gathered.pictures),
        sorted_findings(gathered.findings),
        _summaries(listing.entries, gathered.fatness),
        listing.layouts,
        (*listing.notes, *listing.remarks, *gathered.doubts()),
        tuple(gathered.alike),
        gathered.widths_px,
    )


def _summaries(
    entries: Sequence[Entry], fatness: Mapping[str, list[tuple[float, float]]]
) -> tuple[SetSummary, ...]:
    pictures = Counter(entry.set_name for entry in entries if entry.image is not None)
    masks = Counter(entry.set_name for entry in entries if entry.mask is not None)
    summaries = []
    for name in sorted({entry.set_name for entry in entries}):
        own = fatness.get(name, [])
        factor = round(median(factor for factor, _ in own), 2) if own else None
        margin = round(median(margin for _, margin in own), 2) if own else None
        summaries.append(SetSummary(name, pictures[name], masks[name], factor, margin))
    return tuple(summaries)
