"""What is wrong with a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FindingKind = Literal["document lost", "photo lost", "waiting photo lost", "orphan", "leftover", "database"]


@dataclass(frozen=True, slots=True)
class StoreFinding:
    """One thing that is wrong with a store.

    Parameters
    ----------
    kind : str
        ``"document lost"``, ``"photo lost"``: missing or damaged, of an inspection; ``"waiting photo lost"``:
        of a job; ``"orphan"``: a blob that no row names; ``"leftover"``: of a writer that died;
        ``"database"``: SQLite finds its own file damaged.
    name : str
        Of the inspection, the job and its photo, or the blob.
    text : str
        One sentence: what is wrong, and what was or can be done about it.
    repaired : bool
    """

    kind: FindingKind
    name: str
    text: str
    repaired: bool


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Result of looking at every row and every blob of a store.

    Parameters
    ----------
    inspections, blobs : int
        How many there were.
    findings : tuple of StoreFinding
    """

    inspections: int
    blobs: int
    findings: tuple[StoreFinding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def is_mended(self) -> bool:
        """Whether nothing was found that still is there."""
        return all(finding.repaired for finding in self.findings)
