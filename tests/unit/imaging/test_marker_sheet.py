"""Sheets are true to size, and every marker on them can be found."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from crackscope.errors import CrackscopeError
from crackscope.imaging.marker_sheet import draw_pages, write_sheets
from crackscope.imaging.markers import DICTIONARIES
from crackscope.imaging.sheet_plan import (
    LEAST_SIDE_MM,
    PAGES_MM,
    count_markers,
    largest_side_mm,
    plan_sheets,
)

MM_PER_POINT = 25.4 / 72


def _black(page: Image.Image) -> np.ndarray:
    return ~np.asarray(page)


def _media_boxes_mm(path: Path) -> list[tuple[float, float]]:
    boxes = re.findall(rb"/MediaBox \[ 0 0 ([0-9.]+) ([0-9.]+) \]", path.read_bytes())
    return [(float(wide) * MM_PER_POINT, float(tall) * MM_PER_POINT) for wide, tall in boxes]


def _squares(page: Image.Image) -> list[tuple[int, int, int]]:
    """Left, top and side in px of the black squares, whose borders are in one piece each."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats(_black(page).astype(np.uint8), connectivity=4)
    least = page.width // 60  # 3.5 mm: larger than letters, which are not square either
    found: list[tuple[int, int, int]] = []
    for left, top, wide, tall, _ in sorted(boxes[1:].tolist(), key=lambda box: -box[2]):
        is_cell = any(0 <= left - x < side and 0 <= top - y < side for x, y, side in found)
        if wide == tall and wide > least and not is_cell:
            found.append((left, top, wide))
    return found


def _found(page: Image.Image, dictionary: str) -> list[int]:
    """Numbers that OpenCV's detector finds in the page at 150 dpi or so."""
    grey = np.asarray(page.convert("L").reduce(4))
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARIES[dictionary]))
    _, numbers, _ = detector.detectMarkers(grey)
    return [] if numbers is None else numbers.ravel().tolist()


def _longest_run(line: np.ndarray) -> tuple[int, int]:
    """Length and start in px of the longest stretch of black."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]])))
    starts, ends = edges[::2].tolist(), edges[1::2].tolist()
    return max(((end - start, start) for start, end in zip(starts, ends, strict=True)), default=(0, 0))


@pytest.mark.parametrize("page", PAGES_MM)
def test_the_file_has_the_page_asked_for_to_a_tenth_of_a_millimetre(page: str, tmp_path: Path):
    write_sheets(tmp_path / "a.pdf", plan_sheets(33.3, page=page), [0])
    (box,) = _media_boxes_mm(tmp_path / "a.pdf")
    assert sorted(box) == pytest.approx(sorted(PAGES_MM[page]), abs=0.1)


@pytest.mark.parametrize(("side_mm", "lying"), [(50, False), (105, True), (120, False)])
def test_the_page_lies_where_it_takes_more_markers_so(side_mm: float, lying: bool, tmp_path: Path):
    """Labels of 1.25 × 105 mm: two fit on the 277 mm of a lying A4, one on an upright one's 190 × 257 mm."""
    write_sheets(tmp_path / "a.pdf", plan_sheets(side_mm), [0])
    ((wide, tall),) = _media_boxes_mm(tmp_path / "a.pdf")
    assert (wide > tall) == lying


@pytest.mark.parametrize("dictionary", DICTIONARIES)
@pytest.mark.parametrize("side_mm", [LEAST_SIDE_MM, 37.5, 100])
def test_each_black_square_has_exactly_the_side_asked_for(side_mm: float, dictionary: str, tmp_path: Path):
    """How large a pixel is, the file says: its width in points over that of the picture."""
    plan = plan_sheets(side_mm, dictionary=dictionary)
    numbers = list(range(plan.per_page))[:12]
    (page,) = draw_pages(plan, numbers)
    write_sheets(tmp_path / "a.pdf", plan, numbers)
    px_per_mm = page.width / _media_boxes_mm(tmp_path / "a.pdf")[0][0]
    squares = _squares(page)
    assert len(squares) == len(numbers)
    assert [side / px_per_mm for *_, side in squares] == pytest.approx([side_mm] * len(numbers), rel=1e-6)
    assert px_per_mm * 25.4 == pytest.approx(600, abs=60)


@pytest.mark.parametrize(
    ("dictionary", "cells"), [("apriltag-36h11", 8), ("aruco-4x4", 6), ("aruco-5x5", 7), ("aruco-6x6", 8)]
)
def test_all_cells_of_a_marker_have_the_same_whole_size(dictionary: str, cells: int):
    (page,) = draw_pages(plan_sheets(33.3, dictionary=dictionary), [3])
    ((left, top, side_px),) = _squares(page)
    cell_px, rest = divmod(side_px, cells)
    assert rest == 0
    square = _black(page)[top : top + side_px, left : left + side_px]
    parts = square.reshape(cells, cell_px, cells, cell_px).swapaxes(1, 2)
    assert (parts == parts[:, :, :1, :1]).all()


@pytest.mark.parametrize(
    ("dictionary", "side_mm", "page"),
    [("apriltag-36h11", 50, "a4"), ("apriltag-36h11", 12, "letter"), ("aruco-4x4", 80, "a3")],
)
def test_the_detector_finds_every_marker_of_every_page(dictionary: str, side_mm: float, page: str):
    plan = plan_sheets(side_mm, page=page, dictionary=dictionary)
    numbers = list(range(7, min(plan.per_page + 10, 40)))
    found = [number for drawn in draw_pages(plan, numbers) for number in _found(drawn, dictionary)]
    assert sorted(found) == numbers


@pytest.mark.parametrize(("side_mm", "white_mm"), [(5, 4), (20, 4), (50, 50 / 8), (100, 100 / 8)])
def test_a_cell_and_four_millimetres_around_each_marker_are_white(side_mm: float, white_mm: float):
    plan = plan_sheets(side_mm)
    (page,) = draw_pages(plan, list(range(plan.per_page)))
    black, white = _black(page), plan.px(white_mm)
    squares = _squares(page)
    assert len(squares) == plan.per_page
    for left, top, side in squares:
        around = black[top - white : top + side + white, left - white : left + side + white]
        inside = black[top : top + side, left : left + side]
        assert around.sum() == inside.sum()


@pytest.mark.parametrize("page", PAGES_MM)
@pytest.mark.parametrize("side_mm", [7, 50, 110])
def test_the_ruler_is_100_mm_with_a_tick_every_10(side_mm: float, page: str):
    plan = plan_sheets(side_mm, page=page)
    (drawn,) = draw_pages(plan, [0])
    foot = _black(drawn)[drawn.height - plan.px(30) :]
    runs = [_longest_run(row) for row in foot]
    length, left = max(runs)
    assert length / plan.px_per_mm == pytest.approx(100, abs=0.025)
    above = foot[runs.index((length, left)) - plan.px(1), left : left + length]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], above, [False]])))
    starts_mm, ends_mm = edges[::2] / plan.px_per_mm, edges[1::2] / plan.px_per_mm
    assert (starts_mm[0], ends_mm[-1]) == pytest.approx((0, 100), abs=0.025)
    assert ((starts_mm + ends_mm) / 2)[1:-1] == pytest.approx(np.arange(10, 100, 10), abs=0.05)


def test_the_same_sheet_has_the_same_bytes_and_names_no_time_and_no_path(tmp_path: Path):
    plan, numbers = plan_sheets(60), list(range(22))
    for name in ("a.pdf", "b.pdf"):
        write_sheets(tmp_path / name, plan, numbers)
    content = (tmp_path / "a.pdf").read_bytes()
    assert content == (tmp_path / "b.pdf").read_bytes()
    for word in (b"Date", b"(D:", str(tmp_path).encode(), b"a.pdf"):
        assert word not in content


def test_a_file_of_many_pages_has_them_all_in_order(tmp_path: Path):
    """Of 90 mm, a lying A4 takes two; 11 markers need six pages, more than are kept in memory at once."""
    plan = plan_sheets(90)
    assert write_sheets(tmp_path / "a.pdf", plan, list(range(11))) == 6
    content = (tmp_path / "a.pdf").read_bytes()
    pages = content.rindex(b"/Type /Pages")
    count, kids = re.search(rb"/Count (\d+)\s+/Kids \[ ([^]]*)\]", content[pages:]).groups()
    assert int(count) == 6
    assert len(set(re.findall(rb"\d+ 0 R", kids))) == 6


def test_a_whole_dictionary_is_spread_over_the_pages_it_takes():
    plan = plan_sheets(50, dictionary="aruco-4x4")
    pages = list(draw_pages(plan, range(50)))
    assert len(pages) == -(-50 // plan.per_page) > 1
    assert sorted(number for page in pages for number in _found(page, "aruco-4x4")) == list(range(50))


@pytest.mark.parametrize("page", PAGES_MM)
@pytest.mark.parametrize("dictionary", ["apriltag-36h11", "aruco-4x4"])
def test_too_large_a_marker_is_refused_with_the_largest_that_fits(page: str, dictionary: str):
    largest = largest_side_mm(page, dictionary)
    assert plan_sheets(largest, page=page, dictionary=dictionary).per_page == 1
    for side_mm in (largest + 1, 1e308):
        with pytest.raises(
            CrackscopeError, match=f"does not fit on {page} .*largest that fits is {largest} mm"
        ):
            plan_sheets(side_mm, page=page, dictionary=dictionary)


@pytest.mark.parametrize("page", PAGES_MM)
def test_the_largest_marker_leaves_its_white_and_the_printers_margin_on_the_page(page: str):
    """Marker and white are 10 cells wide, 8 of them the marker; no printer needs more than 10 mm."""
    narrow_mm = min(PAGES_MM[page]) - 20
    assert narrow_mm / 1.25 - 1.5 < largest_side_mm(page) <= narrow_mm / 1.25


@pytest.mark.parametrize("side_mm", [4.99, 0, -50])
def test_too_small_a_marker_is_refused_with_the_smallest(side_mm: float):
    with pytest.raises(CrackscopeError, match="too small to be found in a photo; make it 5 mm or more"):
        plan_sheets(side_mm)


@pytest.mark.parametrize("side_mm", [float("nan"), float("inf")])
def test_a_side_that_is_not_finite_is_refused(side_mm: float):
    with pytest.raises(CrackscopeError, match="is no size"):
        plan_sheets(side_mm)


def test_pages_and_dictionaries_that_are_not_known_are_answered_with_those_that_are():
    with pytest.raises(CrackscopeError, match="b5: no such page; the pages are a4, a3, letter"):
        plan_sheets(50, page="b5")
    with pytest.raises(CrackscopeError, match="no such dictionary; the dictionaries are apriltag-36h11, "):
        plan_sheets(50, dictionary="qr")


def test_numbers_that_a_dictionary_has_not_are_refused(tmp_path: Path):
    plan = plan_sheets(50, dictionary="aruco-4x4")
    for numbers in ([50], [-1]):
        with pytest.raises(ValueError, match="numbers must be 0 to 49"):
            next(draw_pages(plan, numbers))
    with pytest.raises(ValueError, match="without markers"):
        write_sheets(tmp_path / "a.pdf", plan, [])


def test_dictionaries_have_as_many_markers_as_their_publishers_say():
    counts = {"apriltag-36h11": 587, "aruco-4x4": 50, "aruco-5x5": 100, "aruco-6x6": 250}
    assert {name: count_markers(name) for name in counts} == counts
