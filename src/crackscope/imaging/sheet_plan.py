"""How markers lie on a page that is printed true to size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
from PIL import ImageFont

from crackscope.errors import CrackscopeError
from crackscope.imaging.markers import DEFAULT_DICTIONARY, DICTIONARIES

PAGES_MM = {"a4": (210.0, 297.0), "a3": (297.0, 420.0), "letter": (215.9, 279.4)}
"""Width and height of the pages, upright: ISO 216, and ANSI/ASME Y14.1 for letter."""
LEAST_SIDE_MM = 5.0
"""Of a smaller marker, the cells are too small to be told apart in a photo."""
MARGIN_MM = 10.0
"""Printers leave 3 to 6 mm at the edge white."""
TEXT_LINE_MM, CAPTION_FOOT_MM, HAIRLINE_MM = 3.6, 1.4, 0.1

_TEXT_MM = 2.6
_CAPTION_GAP = "    "  # the font's blanks are narrow, and "no. 1 50 mm" must not be read as 150
_ABOUT_PX_PER_MM = 600 / 25.4
_LEAST_QUIET_MM = 4.0  # on each side, so that two markers are 8 mm apart
_FOOT_MM = 20.0  # ruler, figures, two lines of text, and room above them


@dataclass(frozen=True)
class SheetPlan:
    """How markers lie on a page: in columns and rows of labels that share their cutting lines.

    A label is a marker, white around it, and a caption. The resolution is such that a cell of the marker, and
    so the marker, is a whole number of pixels; all else is right to half a pixel, 0.02 mm.

    Parameters
    ----------
    dictionary : str
        One of `crackscope.imaging.markers.DICTIONARIES`.
    side_mm : float
        Side of the black square.
    page_mm : tuple of float
        Width and height of the page, as it is turned.
    """

    dictionary: str
    side_mm: float
    page_mm: tuple[float, float]

    @cached_property
    def cells(self) -> int:
        """Cells along a marker's side, with the black border."""
        return int(known_dictionary(self.dictionary).markerSize) + 2

    @cached_property
    def cell_px(self) -> int:
        """Side of a cell."""
        return round(_ABOUT_PX_PER_MM * self.side_mm / self.cells)

    @property
    def side_px(self) -> int:
        """Side of the black square."""
        return self.cells * self.cell_px

    @property
    def px_per_mm(self) -> float:
        """Resolution of the pages."""
        return self.side_px / self.side_mm

    @property
    def page_px(self) -> tuple[int, int]:
        """Width and height of a page."""
        return self.px(self.page_mm[0]), self.px(self.page_mm[1])

    @property
    def quiet_px(self) -> int:
        """White on each side of the black square: a cell at least."""
        return max(self.cell_px, self.px(_LEAST_QUIET_MM))

    @cached_property
    def label_px(self) -> tuple[int, int]:
        """Width and height of a label, with the cutting lines on its left and upper side."""
        square = self.side_px + 2 * self.quiet_px + self.px(HAIRLINE_MM)
        lines = caption_lines(self, count_markers(self.dictionary) - 1, square)
        caption = self.px(len(lines) * TEXT_LINE_MM + CAPTION_FOOT_MM)
        return max(square, math.ceil(text_width_px(self, lines))), square + caption

    @cached_property
    def columns(self) -> int:
        """Labels side by side; 0 where none fits."""
        free = self.page_px[0] - 2 * self.px(MARGIN_MM) - self.px(HAIRLINE_MM)
        return max(0, free // self.label_px[0])

    @cached_property
    def rows(self) -> int:
        """Labels one below the other; 0 where none fits."""
        free = self.page_px[1] - 2 * self.px(MARGIN_MM) - self.px(HAIRLINE_MM) - self.px(_FOOT_MM)
        return max(0, free // self.label_px[1])

    @property
    def per_page(self) -> int:
        """How many markers a page takes."""
        return self.columns * self.rows

    def px(self, length_mm: float) -> int:
        """Give a length in whole pixels."""
        return round(length_mm * self.px_per_mm)


def plan_sheets(side_mm: float, *, page: str = "a4", dictionary: str = DEFAULT_DICTIONARY) -> SheetPlan:
    """Lay markers out on a page, upright or lying, whichever takes more.

    Parameters
    ----------
    side_mm : float
        Side of the black square.
    page : str
        One of `PAGES_MM`.
    dictionary : str
        One of `crackscope.imaging.markers.DICTIONARIES`.

    Returns
    -------
    SheetPlan
        With one marker on a page at least.

    Raises
    ------
    CrackscopeError
        If page or dictionary is not known, or the side is not finite, below `LEAST_SIDE_MM`, or too large for
        the page.

    Examples
    --------
    >>> plan = plan_sheets(50)
    >>> plan.columns, plan.rows, plan.side_px
    (3, 3, 1184)
    """
    if page not in PAGES_MM:
        raise CrackscopeError(f"{page}: no such page; the pages are {', '.join(PAGES_MM)}.")
    count_markers(dictionary)
    if not math.isfinite(side_mm):
        raise CrackscopeError(f"a marker's side of {side_mm} mm is no size; give it in mm, such as 50.")
    if side_mm < LEAST_SIDE_MM:
        raise CrackscopeError(
            f"a marker of {side_mm:g} mm is too small to be found in a photo;"
            f" make it {LEAST_SIDE_MM:g} mm or more."
        )
    plan = _best_plan(min(side_mm, max(PAGES_MM[page])), page, dictionary)  # no sums with absurd sizes
    if not plan.per_page:
        raise CrackscopeError(
            f"a marker of {side_mm:g} mm does not fit on {page} with the white around it;"
            f" the largest that fits is {largest_side_mm(page, dictionary)} mm."
        )
    return plan


def largest_side_mm(page: str, dictionary: str = DEFAULT_DICTIONARY) -> int:
    """Give the largest whole number of mm that a marker's side may have on a page.

    Parameters
    ----------
    page : str
        One of `PAGES_MM`.
    dictionary : str
        One of `crackscope.imaging.markers.DICTIONARIES`.

    Returns
    -------
    int
        In mm.

    Examples
    --------
    >>> largest_side_mm("a4")
    151
    """
    sides = range(int(max(PAGES_MM[page])), 0, -1)
    return next(side for side in sides if _best_plan(side, page, dictionary).per_page)


def count_markers(dictionary: str) -> int:
    """Say how many markers a dictionary has; they are numbered from 0.

    Raises
    ------
    CrackscopeError
        If there is no such dictionary.

    Examples
    --------
    >>> count_markers("apriltag-36h11")
    587
    """
    if dictionary not in DICTIONARIES:
        raise CrackscopeError(
            f"{dictionary}: no such dictionary; the dictionaries are {', '.join(DICTIONARIES)}."
        )
    return len(known_dictionary(dictionary).bytesList)


def known_dictionary(name: str) -> cv2.aruco.Dictionary:
    """Return OpenCV's dictionary of a name."""
    return cv2.aruco.getPredefinedDictionary(DICTIONARIES[name])


def _best_plan(side_mm: float, page: str, dictionary: str) -> SheetPlan:
    wide, tall = PAGES_MM[page]
    upright, lying = (SheetPlan(dictionary, side_mm, size) for size in ((wide, tall), (tall, wide)))
    return lying if lying.per_page > upright.per_page else upright


def caption_lines(plan: SheetPlan, number: int, width_px: int) -> list[str]:
    """Say which marker it is, in one line where that fits the label, else in two."""
    which, size = f"no. {number}", f"{plan.side_mm:g} mm"
    one_line = _CAPTION_GAP.join((plan.dictionary, which, size))
    if text_width_px(plan, [one_line]) <= width_px:
        return [one_line]
    return [plan.dictionary, _CAPTION_GAP.join((which, size))]


def text_width_px(plan: SheetPlan, lines: Sequence[str]) -> float:
    """Give the width of the widest line, in px, with a little white beside it."""
    return max(text_font(plan).getlength(line) for line in lines) + 2 * plan.px(1)


def text_font(plan: SheetPlan) -> ImageFont.FreeTypeFont:
    """Return the font of all text, as large as the page's resolution asks."""
    font = ImageFont.load_default(plan.px(_TEXT_MM))
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this build of Pillow has no FreeType, which the captions need")
    return font
