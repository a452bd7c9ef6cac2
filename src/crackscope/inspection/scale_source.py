"""Where the scale of photos comes from: one for all, or found for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from crackscope.imaging.arrays import FloatArray
from crackscope.imaging.photo import Photo
from crackscope.measurement.scale import PhotoScale, Scale

ScaleOrigin = Literal["given", "table", "markers", "camera"]
ORIGINS: tuple[ScaleOrigin, ...] = ("given", "table", "markers", "camera")


@dataclass(frozen=True, slots=True, eq=False)
class FoundScale:
    """The scale of one photo, or why there is none.

    Parameters
    ----------
    scale : PhotoScale, optional
    origin : str, optional
        One of `ORIGINS`, with a scale.
    remark : str, optional
        One sentence, where a scale was looked for and not found.
    covered : tuple of float arrays, shape (4, 2)
        Corners, (row, column) in px, of markers: what is seen there is no crack.
    """

    scale: PhotoScale | None = None
    origin: ScaleOrigin | None = None
    remark: str | None = None
    covered: tuple[FloatArray, ...] = ()


NO_SCALE = FoundScale()


class ScaleSource(Protocol):
    """Finds the scale of photos."""

    @property
    def description(self) -> str:
        """For people, and to tell whether a survey goes on as it began."""
        ...

    def find(self, photo: Photo) -> FoundScale:
        """Return the scale of a photo; with a remark, and without a scale, where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class GivenScale:
    """The same scale for all photos; a `ScaleSource`."""

    scale: Scale

    @property
    def description(self) -> str:
        """See `ScaleSource`."""
        return str(self.scale)

    def find(self, photo: Photo) -> FoundScale:
        """See `ScaleSource`."""
        return FoundScale(self.scale, "given")


AnyScale: TypeAlias = ScaleSource | Scale | float | None
"""What a caller may give: a source, one `Scale` for all, or its mm per px alone."""


def source_of(scale: AnyScale) -> ScaleSource | None:
    """Make a source of what was given; None where nothing was.

    Raises
    ------
    CrackscopeError
        If a number is no scale; see `Scale`.

    Examples
    --------
    >>> source_of(0.2).description
    '0.2 mm/px'
    """
    if scale is None:
        return None
    if isinstance(scale, int | float):
        scale = Scale(scale)
    return GivenScale(scale) if isinstance(scale, Scale) else scale
