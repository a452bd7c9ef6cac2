"""What became of a crack between two photos, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from crackscope.imaging.arrays import BoolMask, FloatArray, GreyPixels
from crackscope.measurement.crack_widths import Figure

Kind = Literal["unchanged", "grown", "shrunk", "new", "vanished", "unclear"]


@dataclass(frozen=True, slots=True, eq=False)
class CrackedPhoto:
    """A photo and the cracks that were found in it.

    Parameters
    ----------
    grey : uint8 array, shape (H, W)
    lines : sequence of sequences of float arrays, shape (M, 2)
        Of each crack, the polylines of its centreline, (row, column) in px.
    mask : bool array, shape (H, W)
        Of all cracks.
    """

    grey: GreyPixels = field(repr=False)
    lines: Sequence[Sequence[FloatArray]]
    mask: BoolMask = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Part of a crack that is in one photo only.

    Parameters
    ----------
    points : float array, shape (N, 2)
        (row, column) in px of the first photo.
    length_px : float
        In px of the first photo.
    """

    points: FloatArray
    length_px: float


@dataclass(frozen=True, slots=True, eq=False)
class CrackChange:
    """What became of one crack; lengths and widths in px of the first photo.

    Parameters
    ----------
    before, after : tuple of int
        Numbers, from 0, of its parts in either photo; a model may see one crack in several.
    kind : str
        ``"unclear"`` is a crack of which the photos leave open whether it changed.
    length_before_px : float
        Without what is out of sight in the other photo.
    length_change : Figure
    width_before_px, width_after_px : float, optional
        Mean over the places that both photos tell of.
    width_change : Figure, optional
        None where too few places are told of by both, and of cracks that are in one photo only.
    told_share : float
        Of the length that both photos should show, that both tell the width of.
    gained, lost : tuple of Stretch
    missed_in : str, optional
        ``"before"`` or ``"after"``: the photo shows the crack, and the model did not see it there.
    where : float array, shape (N, 2)
        Places on the crack, (row, column) in px of the first photo.
    normals : float array, shape (N, 2)
        Across it.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    kind: Kind
    length_before_px: float
    length_change: Figure
    width_before_px: float | None
    width_after_px: float | None
    width_change: Figure | None
    told_share: float
    gained: tuple[Stretch, ...]
    lost: tuple[Stretch, ...]
    missed_in: str | None
    where: FloatArray = field(repr=False)
    normals: FloatArray = field(repr=False)
