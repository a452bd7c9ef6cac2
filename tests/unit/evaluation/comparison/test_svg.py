import pytest
from hypothesis import given
from hypothesis import strategies as st

from crackscope.evaluation.comparison import svg

NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))


@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_a_scale_holds_every_value_between_its_ends(values):
    scale = svg.linear_scale(values, start_px=100, end_px=300)
    assert all(100 - 1e-3 <= scale(value) <= 300 + 1e-3 for value in values)
    assert 2 <= len(scale.ticks) <= 12


@given(st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=5))
def test_a_logarithmic_scale_holds_every_value_and_equal_ratios_are_equally_long(values):
    scale = svg.log_scale(values, start_px=0, end_px=200)
    assert all(0 <= scale(value) <= 200 for value in values)
    assert len(scale.ticks) >= 2
    low = scale.low
    assert scale(4 * low) - scale(2 * low) == pytest.approx(scale(2 * low) - scale(low))


def test_a_scale_that_runs_upwards_puts_more_higher():
    scale = svg.linear_scale([0, 1], start_px=300, end_px=20)
    assert (scale(0), scale(1)) == (300, 20)


def test_text_of_any_kind_is_safe():
    drawn = svg.text("</text><script>'\"&\udcff", 0, 0, anchor="end", kind="tick")
    assert "<script>" not in drawn
    assert drawn.encode("utf-8")


def test_runs_beyond_the_palette_are_told_apart_by_dashes():
    assert svg.colour(1) == svg.colour(1 + svg.PALETTE)
    assert svg.dashes(1) == ""
    assert svg.dashes(1 + svg.PALETTE) != svg.dashes(1 + 2 * svg.PALETTE) != ""
