"""What an audit found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crackscope.datasets.finding import KINDS, Finding
from crackscope.imaging.photo import printable
from crackscope.version import __version__

SCHEMA = "crackscope.audit"
SCHEMA_VERSION = 1


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


def below(path: Path, root: Path) -> str:
    """Name a file as findings do: below the dataset's folder, with forward slashes."""
    return printable(path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix())
