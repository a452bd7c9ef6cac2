import numpy as np
import pytest

from crackscope.reports.overlay_labels import PAPER, WHITE
from crackscope.reports.overlay_marks import (
    LONGEST_BAR_SHARE,
    bar_length_mm,
    mark_place,
    put_into_corner,
    scale_bar,
)


def draw_scale_bar(pixels, *, mm_per_px, text_px, lines=()):
    bar = scale_bar(pixels.shape[1], mm_per_px=mm_per_px, text_px=text_px)
    return put_into_corner(pixels, [bar], lines=lines)


def grey(height, width):
    return np.full((height, width, 3), 128, np.uint8)


@pytest.mark.parametrize("mm_per_px", [0.003, 0.02, 0.1, 0.31, 1.7, 25.0])
def test_the_bar_has_the_length_that_is_written_at_it(mm_per_px):
    pixels = grey(600, 900)
    draw_scale_bar(pixels, mm_per_px=mm_per_px, text_px=16)
    length_mm = bar_length_mm(900, mm_per_px)
    bar = (pixels[590:596] == WHITE).all(axis=2)
    rows = bar.any(axis=1)
    longest = bar[rows][0].sum()
    assert longest * mm_per_px == pytest.approx(length_mm, rel=0.02)
    assert 0.07 * 900 <= longest <= LONGEST_BAR_SHARE * 900 + 1
    assert f"{length_mm:e}"[0] in "125"
    assert (pixels[: 600 - 60] == 128).all()
    assert (pixels[:, 300:] == 128).all()


def test_the_bar_takes_the_corner_with_least_of_a_crack():
    low, left = [(590.0, 0.0), (590.0, 400.0)], [(0.0, 10.0), (300.0, 10.0)]
    for lines, corner in (
        ([], (600, 0)),
        ([low], (600, 900)),
        ([low, [(590.0, 880.0), (590.0, 899.0)], left], (0, 900)),
    ):
        pixels = grey(600, 900)
        top, at, tall, wide = draw_scale_bar(pixels, mm_per_px=0.1, text_px=16, lines=lines)
        assert (top + tall if corner[0] else top, at + wide if corner[1] else at) == corner
        assert (pixels[top : top + tall, at : at + wide] != 128).any(axis=2).all()
        changed = (pixels != 128).any(axis=2)
        assert changed.sum() == tall * wide


def test_patches_stand_one_above_the_other():
    pixels, upper, lower = (
        grey(600, 900),
        np.full((20, 90, 3), 7, np.uint8),
        np.full((30, 50, 3), 9, np.uint8),
    )
    assert put_into_corner(pixels, [upper, lower]) == (550, 0, 50, 90)
    assert (pixels[550:570, :90] == 7).all()
    assert (pixels[570:, :50] == 9).all()
    assert (pixels[570:, 50:90] == PAPER).all()


def test_a_bar_on_a_tiny_picture_stays_inside():
    pixels = grey(10, 12)
    draw_scale_bar(pixels, mm_per_px=0.1, text_px=12)
    assert (pixels == PAPER).all(axis=2).any()


def test_a_ring_lies_around_its_place_and_leaves_it_free():
    pixels = grey(100, 100)
    mark_place(pixels, (40.0, 60.0), radius_px=12)
    changed = (pixels != 128).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert (rows.mean(), columns.mean()) == pytest.approx((40, 60), abs=0.3)
    away = np.hypot(rows - 40, columns - 60)
    assert 8 < away.min() < 12 < away.max() < 16
    assert (pixels[28] == WHITE).all(axis=1).any()


def test_a_ring_at_the_border_is_cut_off():
    pixels = grey(30, 30)
    mark_place(pixels, (0.0, 29.0), radius_px=8)
    assert (pixels != 128).any()
