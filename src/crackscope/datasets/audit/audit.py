"""One pass over a dataset that finds what is wrong with it."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, Any

import cv2
import numpy as np

from crackscope.datasets.audit.common_findings import (
    Alike,
    Listed,
    duplicate_findings,
    same_files,
    source_findings,
)
from crackscope.datasets.audit.entry_findings import entry_findings
from crackscope.datasets.audit.facts import Facts, content_key, examine
from crackscope.datasets.audit.facts_cache import FactsCache
from crackscope.datasets.audit.fatness import LEAST_CONTRAST
from crackscope.datasets.audit.fingerprint import SIDE
from crackscope.datasets.audit.near_duplicates import find_twins
from crackscope.datasets.entry import Entry
from crackscope.datasets.finding import KINDS, Finding
from crackscope.datasets.layouts import Listing
from crackscope.imaging.photo import printable
from crackscope.version import __version__

SCHEMA = "crackscope.audit"
SCHEMA_VERSION = 1
_IN_FLIGHT_PER_WORKER = 8


@dataclass(frozen=True, slots=True)
class SetSummary:
    """One set of a dataset in numbers.

    Parameters
    ----------
    name : str
    pictures, masks : int
        Number of picture and mask files, readable or not.
    mask_factor, mask_margin_px : float, optional
        Medians, over the masks for which it can be told, of their width over that of the line under them, and
        of how far they reach beyond it on either side.
    """

    name: str
    pictures: int
    masks: int
    mask_factor: float | None
    mask_margin_px: float | None


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in a dataset.

    Parameters
    ----------
    root : Path
        The dataset's folder.
    pictures : int
        Number of picture files.
    findings : tuple of Finding
        By kind in the order of `KINDS`, then by path.
    sets : tuple of SetSummary
    layouts, notes : tuple of str
        As in `Listing`.
    alike : tuple of (str, str)
        All pairs of pictures that hold or show the same, by their paths below the folder.
    widths_px : mapping of str to float
        Mean width of the mask of each picture whose mask marks a crack, by the picture's path.
    """

    root: Path
    pictures: int
    findings: tuple[Finding, ...]
    sets: tuple[SetSummary, ...]
    layouts: tuple[str, ...]
    notes: tuple[str, ...]
    alike: tuple[tuple[str, str], ...] = ()
    widths_px: Mapping[str, float] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """Turn it into plain JSON values."""
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "crackscope_version": __version__,
            "folder": printable(str(self.root)),
            "layouts": list(self.layouts),
            "pictures": self.pictures,
            "sets": [
                {
                    "name": printable(each.name),
                    "pictures": each.pictures,
                    "masks": each.masks,
                    "mask_factor": each.mask_factor,
                    "mask_margin_px": each.mask_margin_px,
                }
                for each in self.sets
            ],
            "notes": [printable(note) for note in self.notes],
            "findings": [finding.to_document() for finding in self.findings],
        }


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
        self.alike: list[tuple[str, str]] = []

    def add(self, entry: Entry, sha256: str, facts: Facts) -> None:
        """Note what is wrong with an entry by itself, and what it has to be compared by."""
        masks_expected = entry.home in self._masked_homes
        self.findings += entry_findings(entry, facts, name=self._name, masks_expected=masks_expected)
        fatness = facts.mask.fatness if facts.mask else None
        if fatness is not None and fatness.contrast >= LEAST_CONTRAST:
            self.fatness.setdefault(entry.set_name, []).append((fatness.factor, fatness.margin_px))
        if entry.image is None:
            return
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

    def _name(self, path: Path) -> str:
        return below(path, self._root)

    def _alike(self, copies: Mapping[int, int]) -> Iterator[Alike]:
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
                yield Alike(first, second, twin.similarity, twin.turn)


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
    with tempfile.TemporaryFile() as prints, FactsCache(cache_folder) as cache, _one_thread_each():
        gathered = _Gathered(listing, prints)
        for entry, sha256, facts in _examined(listing.entries, cache, workers or _processors()):
            gathered.add(entry, sha256, facts)
            progress()
        gathered.compare()
    return Audit(
        listing.root,
        len(gathered.pictures),
        sorted_findings(gathered.findings),
        _summaries(listing.entries, gathered.fatness),
        listing.layouts,
        listing.notes,
        tuple(gathered.alike),
        gathered.widths_px,
    )


def below(path: Path, root: Path) -> str:
    """Name a file as findings do: below the dataset's folder, with forward slashes."""
    return printable(path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix())


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Keep OpenCV from starting threads of its own: whole pictures are what is worked on side by side."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _examined(
    entries: Sequence[Entry], cache: FactsCache, workers: int
) -> Iterator[tuple[Entry, str, Facts]]:
    """Examine entries side by side, in order; only a few are under way at a time."""
    with ThreadPoolExecutor(workers) as pool:
        under_way: deque[tuple[Entry, str, str, Facts | Future[Facts]]] = deque()
        keys: deque[tuple[Entry, Future[tuple[str, str]]]] = deque()
        waiting = iter(entries)

        def finish() -> tuple[Entry, str, Facts]:
            entry, sha256, key, facts = under_way.popleft()
            if isinstance(facts, Future):
                facts = facts.result()
                if key:
                    cache.put(key, facts)
            return entry, sha256, facts

        for entry in waiting:
            keys.append((entry, pool.submit(content_key, entry)))
            if len(keys) < workers:
                continue
            under_way.append(_started(*keys.popleft(), cache, pool))
            while len(under_way) > _IN_FLIGHT_PER_WORKER * workers:
                yield finish()
        while keys:
            under_way.append(_started(*keys.popleft(), cache, pool))
        while under_way:
            yield finish()


def _started(
    entry: Entry, key: Future[tuple[str, str]], cache: FactsCache, pool: ThreadPoolExecutor
) -> tuple[Entry, str, str, Facts | Future[Facts]]:
    sha256, content = key.result()
    known = cache.get(content) if content else None
    return entry, sha256, content, known or pool.submit(examine, entry)


def sorted_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Sort findings by kind and path, and name what is a leak in several ways once, by its surest."""
    order = {kind: number for number, kind in enumerate(KINDS)}
    unique: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        leak = finding.kind == "split-leak"
        key = (finding.kind, finding.path if leak else finding.key)
        known = unique.get(key)
        if known is None or (finding.certain and not known.certain):
            unique[key] = finding
    return tuple(sorted(unique.values(), key=lambda each: (order[each.kind], each.path, each.other or "")))


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
