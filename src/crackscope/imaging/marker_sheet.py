"""Sheets of square markers, true to size, to print and to stick beside cracks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from crackscope.imaging.sheet_plan import (
    CAPTION_FOOT_MM,
    HAIRLINE_MM,
    MARGIN_MM,
    TEXT_LINE_MM,
    SheetPlan,
    caption_lines,
    count_markers,
    known_dictionary,
    text_font,
)

RULER_MM = 100
RULER_WORDS = (
    "Print at 100 % (no 'fit to page').",
    "This line must be 100 mm long; if it is not, give the black square's measured side.",
)

_DASH_MM = 0.8
_RULER_LINE_MM = 0.2
_TICK_MM = 2.0
_END_TICK_MM = 4.0
_PAGES_IN_MEMORY = 4  # a page takes a byte for a pixel: 35 MB for A4, 70 MB for A3
_WHITE, _BLACK = 1, 0


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


def _page(plan: SheetPlan, numbers: Sequence[int]) -> Image.Image:
    page = Image.new("1", plan.page_px, _WHITE)
    wide, tall = plan.label_px
    left, top = (plan.page_px[0] - plan.columns * wide) // 2, plan.px(MARGIN_MM)
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
    line_px = plan.px(HAIRLINE_MM)
    middle = left + line_px + (wide - line_px) // 2
    marker_top = top + line_px + plan.quiet_px
    page.paste(_marker(plan, number), (middle - plan.side_px // 2, marker_top))
    lines = caption_lines(plan, number, wide)
    base = top + tall - plan.px(CAPTION_FOOT_MM + TEXT_LINE_MM * (len(lines) - 1))
    for index, line in enumerate(lines):
        draw.text((middle, base + index * plan.px(TEXT_LINE_MM)), line, _BLACK, text_font(plan), anchor="ms")


def _draw_frame(draw: ImageDraw.ImageDraw, plan: SheetPlan, corner: tuple[int, int]) -> None:
    """Dash the cutting lines around a label; those that labels share fall on each other."""
    left, top = corner
    wide, tall = plan.label_px
    line_px, dash_px = plan.px(HAIRLINE_MM), plan.px(_DASH_MM)
    for start in range(0, wide + line_px, 2 * dash_px):
        end = min(start + dash_px, wide + line_px)
        for y in (top, top + tall):
            draw.rectangle((left + start, y, left + end - 1, y + line_px - 1), fill=_BLACK)
    for start in range(0, tall + line_px, 2 * dash_px):
        end = min(start + dash_px, tall + line_px)
        for x in (left, left + wide):
            draw.rectangle((x, top + start, x + line_px - 1, top + end - 1), fill=_BLACK)


def _marker(plan: SheetPlan, number: int) -> Image.Image:
    cells = np.asarray(cv2.aruco.generateImageMarker(known_dictionary(plan.dictionary), number, plan.cells))
    return Image.fromarray(cells > 0).resize((plan.side_px, plan.side_px), Image.Resampling.NEAREST)


def _draw_ruler(draw: ImageDraw.ImageDraw, plan: SheetPlan) -> None:
    """Draw the check ruler and its two sentences at the page's foot, in its middle."""
    length, thick = plan.px(RULER_MM), plan.px(_RULER_LINE_MM)
    left = (plan.page_px[0] - length) // 2
    text_base = plan.page_px[1] - plan.px(MARGIN_MM)
    bottom = text_base - plan.px(2 * TEXT_LINE_MM + 1)
    draw.rectangle((left, bottom - thick + 1, left + length - 1, bottom), fill=_BLACK)
    for at_mm in range(0, RULER_MM + 1, 10):
        x = left + min(
            max(plan.px(at_mm) - thick // 2, 0), length - thick
        )  # the outer ones end with the line
        high = plan.px(_END_TICK_MM if at_mm in (0, RULER_MM) else _TICK_MM)
        draw.rectangle((x, bottom - high + 1, x + thick - 1, bottom), fill=_BLACK)
    gap = plan.px(1)
    for x, words, anchor in ((left - gap, "0", "rs"), (left + length + gap, f"{RULER_MM} mm", "ls")):
        draw.text((x, bottom), words, _BLACK, text_font(plan), anchor=anchor)
    for index, sentence in enumerate(reversed(RULER_WORDS)):
        place = (plan.page_px[0] // 2, text_base - index * plan.px(TEXT_LINE_MM))
        draw.text(place, sentence, _BLACK, text_font(plan), anchor="ms")
