"""The figures of an inspection that a database can search and sort by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crackscope.inspection.inspection import Crack
from crackscope.measurement.severity import Severity


@dataclass(frozen=True, slots=True)
class CrackFigures:
    """What all cracks of a photo come to.

    Parameters
    ----------
    crack_count : int
    longest_px, widest_px : float, optional
        None without cracks.
    total_length_px : float
    longest_mm, widest_mm, total_length_mm : float, optional
        Of the cracks that have figures in mm; None where none has.
    severity : str, optional
        Class of the crack that is worst by the inspection's rule.
    """

    crack_count: int
    longest_px: float | None
    widest_px: float | None
    total_length_px: float
    longest_mm: float | None
    widest_mm: float | None
    total_length_mm: float | None
    severity: str | None


def figures_of(cracks: Sequence[Crack]) -> CrackFigures:
    """Add up the cracks of a photo.

    Parameters
    ----------
    cracks : sequence of Crack

    Returns
    -------
    CrackFigures

    Examples
    --------
    >>> figures_of([]).total_length_px
    0.0
    """
    lengths_mm = [crack.length_mm for crack in cracks if crack.length_mm is not None]
    widths_mm = [crack.max_width_mm for crack in cracks if crack.max_width_mm is not None]
    return CrackFigures(
        crack_count=len(cracks),
        longest_px=max((crack.length_px for crack in cracks), default=None),
        widest_px=max((crack.max_width_px for crack in cracks), default=None),
        total_length_px=float(sum(crack.length_px for crack in cracks)),
        longest_mm=max(lengths_mm, default=None),
        widest_mm=max(widths_mm, default=None),
        total_length_mm=sum(lengths_mm) if lengths_mm else None,
        severity=worst(crack.severity for crack in cracks),
    )


def worst(judged: Iterable[Severity | None]) -> str | None:
    """Name the most severe class among those given; None where nothing was judged.

    An inspection does not hold its rule's table, but every severity lists the classes that its interval
    reaches into, the least severe first.

    Parameters
    ----------
    judged : iterable of Severity or None
        All by the same rule.

    Returns
    -------
    str or None

    Examples
    --------
    >>> fine = Severity("fine", ("fine", "wide"), 0.1, 0.4, "")
    >>> wide = Severity("wide", ("wide",), 0.31, 0.33, "")
    >>> worst([fine, None, wide, fine])
    'wide'
    """
    found: Severity | None = None
    for each in judged:
        if each is not None and (found is None or _is_worse(each, found)):
            found = each
    return None if found is None else found.name


def _is_worse(one: Severity, other: Severity) -> bool:
    for classes in (one.possible, other.possible):
        if one.name in classes and other.name in classes:
            return classes.index(one.name) > classes.index(other.name)
    # Neither interval reaches the other's class, so that one lies wholly above.
    return one.high_mm > other.high_mm
