"""The scales of a survey's photos, gathered photo by photo, and in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice

from crackscope.inspection.inspection import CRACK, Inspection

NAMED = 3
"""Photos without a scale that are named."""
GIVEN = "given"
FROM = {
    "table": "from a table",
    "markers": "from markers in the photos",
    "camera": "from the camera and the distance",
}
"""Where scales come from, for people; those that were given for all photos need no word."""


@dataclass(frozen=True, slots=True)
class Unscaled:
    """Photos that have no scale although one was looked for.

    Parameters
    ----------
    photos, cracked : int
        All of them, and those of a verdict `CRACK`.
    names : tuple of str
        At most `NAMED`, cracked ones first.
    remark : str
        Why the first of them has none.
    otherwise : int
        Photos with another remark.
    """

    photos: int
    cracked: int
    names: tuple[str, ...]
    remark: str
    otherwise: int


@dataclass(frozen=True, slots=True)
class Scales:
    """How large a pixel is on the surface, in all photos of a survey.

    Parameters
    ----------
    least, most : float, optional
        Smallest and largest of all photos, in mm per px; None where no photo has a scale.
    sigma : float, optional
        Standard deviation, where all photos that have a scale have the same one.
    origins : tuple of str
        Of `ORIGINS`, in order of appearance.
    unknown : int
        Photos without a scale.
    unscaled : Unscaled, optional
        Those of them for which one was looked for.
    """

    least: float | None = None
    most: float | None = None
    sigma: float | None = None
    origins: tuple[str, ...] = ()
    unknown: int = 0
    unscaled: Unscaled | None = None

    @property
    def text(self) -> str:
        """The scales in words, empty where there are none.

        Examples
        --------
        >>> Scales(0.2, 0.2, 0.002, origins=("given",)).text
        '0.2 ± 0.002 mm per px'
        >>> Scales(0.19, 0.2438, origins=("markers",), unknown=3).text
        '0.19 to 0.244 mm per px, from markers in the photos, not known for 3 photos'
        """
        if self.least is None or self.most is None:
            return ""
        if self.sigma is not None:
            size = scale_text(self.least, self.sigma, self.origins[0])
        else:
            ends = dict.fromkeys(_digits(end, 3) for end in (self.least, self.most))
            size = f"{' to '.join(ends)} mm per px"
        words = [size, *(FROM[origin] for origin in self.origins if origin in FROM)]
        if self.unknown:
            words.append(f"not known for {self.unknown:,} photo{'' if self.unknown == 1 else 's'}")
        return ", ".join(words)


class ScaleTally:
    """Gathers scales; memory does not grow.

    Examples
    --------
    >>> ScaleTally().scales()
    Scales(least=None, most=None, sigma=None, origins=(), unknown=0, unscaled=None)
    """

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._all_same = True
        self._least = self._most = 0.0
        self._origins: dict[str, None] = {}
        self._unknown = 0
        self._remark = ""
        self._otherwise = 0
        self._photos = {True: 0, False: 0}
        self._names: dict[bool, list[str]] = {True: [], False: []}

    def add(self, inspection: Inspection) -> None:
        """Take the scale of a photo, or why it has none."""
        size = inspection.scale_mm_per_px
        if size is None:
            self._unknown += 1
            if inspection.scale_remark is not None:
                self._add_unscaled(inspection, inspection.scale_remark)
            return
        scale = size, inspection.scale_sigma_mm_per_px or 0.0
        if self._first is None:
            self._first, self._least, self._most = scale, size, size
        self._all_same = self._all_same and scale == self._first
        self._least, self._most = min(size, self._least), max(size, self._most)
        self._origins[inspection.scale_origin or GIVEN] = None  # older inspections name none: all were given

    def scales(self) -> Scales:
        """Return what was gathered so far."""
        if self._first is None:
            return Scales(unknown=self._unknown, unscaled=self._unscaled())
        return Scales(
            least=self._least,
            most=self._most,
            sigma=self._first[1] if self._all_same else None,
            origins=tuple(self._origins),
            unknown=self._unknown,
            unscaled=self._unscaled(),
        )

    def _add_unscaled(self, inspection: Inspection, remark: str) -> None:
        cracked = inspection.verdict == CRACK
        self._remark = self._remark or remark
        self._otherwise += remark != self._remark
        self._photos[cracked] += 1
        if len(self._names[cracked]) < NAMED:
            self._names[cracked].append(inspection.photo.name)

    def _unscaled(self) -> Unscaled | None:
        cracked, free = self._photos[True], self._photos[False]
        if not cracked + free:
            return None
        names = islice(chain(self._names[True], self._names[False]), NAMED)
        return Unscaled(cracked + free, cracked, tuple(names), self._remark, self._otherwise)


def scale_text(mm_per_px: float, sigma_mm_per_px: float | None, origin: str | None) -> str:
    """Write the scale of one photo: as it was given, or with as many digits as were measured.

    Parameters
    ----------
    mm_per_px : float
    sigma_mm_per_px : float, optional
    origin : str, optional
        One of `ORIGINS`; what came from markers or a camera is rounded.

    Examples
    --------
    >>> scale_text(0.21875, 0.0, "given"), scale_text(0.2187543, 0.00123, "markers")
    ('0.21875 mm per px', '0.2188 ± 0.0012 mm per px')
    """
    digits, sigma_digits = (4, 2) if origin in ("markers", "camera") else (6, 6)
    sigma = f" ± {_digits(sigma_mm_per_px, sigma_digits)}" if sigma_mm_per_px else ""
    return f"{_digits(mm_per_px, digits)}{sigma} mm per px"


def _digits(value: float, digits: int) -> str:
    """Write at most so many significant digits, without an exponent."""
    return f"{Decimal(f'{value:.{digits}g}'):f}"
