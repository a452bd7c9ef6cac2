"""Sheets of square markers, true to size, to print and to stick beside cracks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from crackscope.errors import CrackscopeError
from crackscope.imaging.markers import DEFAULT_DICTIONARY, DICTIONARIES

PAGES_MM = {"a4": (210.0, 297.0), "a3": (297.0, 420.0), "letter": (215.9, 279.4)}
"""Width and height of the pages, upright: ISO 216, and ANSI/ASME Y14.1 for letter."""
LEAST_SIDE_MM = 5.0
"""Of a smaller marker, the cells are too small to be told apart in a photo."""
RULER_MM = 100
RULER_WORDS = (
    "Print at 100 % (no 'fit to page').",
    "This line must be 100 mm long; if it is not, give the black square's measured side.",
)

_ABOUT_PX_PER_MM = 600 / 25.4
_MARGIN_MM = 10.0  # printers leave 3 to 6 mm at the edge white
_LEAST_QUIET_MM = 4.0  # on each side, so that two markers are 8 mm apart
_TEXT_MM = 2.6
_TEXT_LINE_MM = 3.6
_CAPTION_FOOT_MM = 1.4
_CAPTION_GAP = "    "  # the font's blanks are narrow, and "no. 1 50 mm" must not be read as 150
_HAIRLINE_MM = 0.1
_DASH_MM = 0.8
_RULER_LINE_MM = 0.2
_TICK_MM = 2.0
_END_TICK_MM = 4.0
_FOOT_MM = 20.0  # ruler, figures, two lines of text, and room above them
_PAGES_IN_MEMORY = 4  # a page takes a byte for a pixel: 35 MB for A4, 70 MB for A3
_WHITE, _BLACK = 1, 0


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
        return int(_dictionary(self.dictionary).markerSize) + 2

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
        square = self.side_px + 2 * self.quiet_px + self.px(_HAIRLINE_MM)
        lines = _caption(self, count_markers(self.dictionary) - 1, square)
        caption = self.px(len(lines) * _TEXT_LINE_MM + _CAPTION_FOOT_MM)
        return max(square, math.ceil(_text_width(self, lines))), square + caption

    @cached_property
    def columns(self) -> int:
        """Labels side by side; 0 where none fits."""
        free = self.page_px[0] - 2 * self.px(_MARGIN_MM) - self.px(_HAIRLINE_MM)
        return max(0, free // self.label_px[0])

    @cached_property
    def rows(self) -> int:
        """Labels one below the other; 0 where none fits."""
        free = self.page_px[1] - 2 * self.px(_MARGIN_MM) - self.px(_HAIRLINE_MM) - self.px(_FOOT_MM)
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
    return len(_dictionary(dictionary).bytesList)


def draw_pages(plan: SheetPlan, numbers: Sequence[int]) -> Iterator[Image.Image]:
    """Draw the pages one after another.

    Parameters
    ----------
    plan : SheetPlan
    numbers : sequence of int
        Of the markers, in the order in which they are laid out.

    Yields
    ------
    Image
        Of mode "1" and size `plan.page_px`.

    Raises
    ------
    ValueError
        If the dictionary has no marker of a number.
    """
    count = count_markers(plan.dictionary)
    if not all(0 <= number < count for number in numbers):
        raise ValueError(f"numbers must be 0 to {count - 1}, not {list(numbers)}")
    for start in range(0, len(numbers), plan.per_page):
        yield _page(plan, numbers[start : start + plan.per_page])


def write_sheets(path: Path, plan: SheetPlan, numbers: Sequence[int]) -> int:
    """Write the pages to a PDF file; the same plan and numbers give the same bytes.

    Parameters
    ----------
    path : Path
        Ends in ``.pdf``; an older file is replaced.
    plan : SheetPlan
    numbers : sequence of int
        Of the markers; one at least.

    Returns
    -------
    int
        How many pages were written.

    Raises
    ------
    ValueError
        If there are no numbers, or the dictionary has no marker of a number.
    OSError
        If the disk refuses.
    """
    if not numbers:
        raise ValueError("a sheet without markers has no pages")
    pages = draw_pages(plan, numbers)
    written = 0
    while block := list(islice(pages, _PAGES_IN_MEMORY)):
        block[0].save(
            path,
            "PDF",
            save_all=True,
            append_images=block[1:],
            append=written > 0,
            resolution=plan.px_per_mm * 25.4,
            title=f"Markers {plan.dictionary}, {plan.side_mm:g} mm",  # by default the file's name
            creationDate=None,  # by default the time, and no two files would be the same
            modDate=None,
        )
        written += len(block)
    return written


def _best_plan(side_mm: float, page: str, dictionary: str) -> SheetPlan:
    wide, tall = PAGES_MM[page]
    upright, lying = (SheetPlan(dictionary, side_mm, size) for size in ((wide, tall), (tall, wide)))
    return lying if lying.per_page > upright.per_page else upright


def _dictionary(name: str) -> cv2.aruco.Dictionary:
    return cv2.aruco.getPredefinedDictionary(DICTIONARIES[name])


def _page(plan: SheetPlan, numbers: Sequence[int]) -> Image.Image:
    page = Image.new("1", plan.page_px, _WHITE)
    wide, tall = plan.label_px
    left, top = (plan.page_px[0] - plan.columns * wide) // 2, plan.px(_MARGIN_MM)
    for place, number in enumerate(numbers):
        row, column = divmod(place, plan.columns)
        _draw_label(page, plan, number, (left + column * wide, top + row * tall))
    _draw_ruler(ImageDraw.Draw(page), plan)
    return page


def _draw_label(page: Image.Image, plan: SheetPlan, number: int, corner: tuple[int, int]) -> None:
    left, top = corner
    wide, tall = plan.label_px
    draw = ImageDraw.Draw(page)
    _draw_frame(draw, plan, corner)
    line_px = plan.px(_HAIRLINE_MM)
    middle = left + line_px + (wide - line_px) // 2
    marker_top = top + line_px + plan.quiet_px
    page.paste(_marker(plan, number), (middle - plan.side_px // 2, marker_top))
    lines = _caption(plan, number, wide)
    base = top + tall - plan.px(_CAPTION_FOOT_MM + _TEXT_LINE_MM * (len(lines) - 1))
    for index, line in enumerate(lines):
        draw.text((middle, base + index * plan.px(_TEXT_LINE_MM)), line, _BLACK, _font(plan), anchor="ms")


def _draw_frame(draw: ImageDraw.ImageDraw, plan: SheetPlan, corner: tuple[int, int]) -> None:
    """Dash the cutting lines around a label; those that labels share fall on each other."""
    left, top = corner
    wide, tall = plan.label_px
    line_px, dash_px = plan.px(_HAIRLINE_MM), plan.px(_DASH_MM)
    for start in range(0, wide + line_px, 2 * dash_px):
        end = min(start + dash_px, wide + line_px)
        for y in (top, top + tall):
            draw.rectangle((left + start, y, left + end - 1, y + line_px - 1), fill=_BLACK)
    for start in range(0, tall + line_px, 2 * dash_px):
        end = min(start + dash_px, tall + line_px)
        for x in (left, left + wide):
            draw.rectangle((x, top + start, x + line_px - 1, top + end - 1), fill=_BLACK)


def _marker(plan: SheetPlan, number: int) -> Image.Image:
    cells = np.asarray(cv2.aruco.generateImageMarker(_dictionary(plan.dictionary), number, plan.cells))
    return Image.fromarray(cells > 0).resize((plan.side_px, plan.side_px), Image.Resampling.NEAREST)


def _draw_ruler(draw: ImageDraw.ImageDraw, plan: SheetPlan) -> None:
    """Draw the check ruler and its two sentences at the page's foot, in its middle."""
    length, thick = plan.px(RULER_MM), plan.px(_RULER_LINE_MM)
    left = (plan.page_px[0] - length) // 2
    text_base = plan.page_px[1] - plan.px(_MARGIN_MM)
    bottom = text_base - plan.px(2 * _TEXT_LINE_MM + 1)
    draw.rectangle((left, bottom - thick + 1, left + length - 1, bottom), fill=_BLACK)
    for at_mm in range(0, RULER_MM + 1, 10):
        x = left + min(
            max(plan.px(at_mm) - thick // 2, 0), length - thick
        )  # the outer ones end with the line
        high = plan.px(_END_TICK_MM if at_mm in (0, RULER_MM) else _TICK_MM)
        draw.rectangle((x, bottom - high + 1, x + thick - 1, bottom), fill=_BLACK)
    gap = plan.px(1)
    for x, words, anchor in ((left - gap, "0", "rs"), (left + length + gap, f"{RULER_MM} mm", "ls")):
        draw.text((x, bottom), words, _BLACK, _font(plan), anchor=anchor)
    for index, sentence in enumerate(reversed(RULER_WORDS)):
        place = (plan.page_px[0] // 2, text_base - index * plan.px(_TEXT_LINE_MM))
        draw.text(place, sentence, _BLACK, _font(plan), anchor="ms")


def _caption(plan: SheetPlan, number: int, width_px: int) -> list[str]:
    """Say which marker it is, in one line where that fits the label, else in two."""
    which, size = f"no. {number}", f"{plan.side_mm:g} mm"
    one_line = _CAPTION_GAP.join((plan.dictionary, which, size))
    if _text_width(plan, [one_line]) <= width_px:
        return [one_line]
    return [plan.dictionary, _CAPTION_GAP.join((which, size))]


def _text_width(plan: SheetPlan, lines: Sequence[str]) -> float:
    """Give the width of the widest line, in px, with a little white beside it."""
    return max(_font(plan).getlength(line) for line in lines) + 2 * plan.px(1)


def _font(plan: SheetPlan) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(plan.px(_TEXT_MM))
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this build of Pillow has no FreeType, which the captions need")
    return font
