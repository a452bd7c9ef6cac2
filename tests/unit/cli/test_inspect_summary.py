"""What the terminal shows of a survey, from inspections made by hand."""

import re

import pytest

from crackscope.cli.inspect_summary import MOST_SHOWN, TerminalSummary
from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask
from crackscope.inspection.inspection import (
    CRACK,
    NO_CRACK,
    SCALE_UNSURE,
    Crack,
    Inspection,
    ModelRecord,
    PhotoRecord,
)

MODEL = ModelRecord("hand", "0" * 64, "fp32", 0.5, "openvino")
MASK = RunLengthMask.from_pixels([0], [0], height=10, width=10)


def crack(number, *, width_px, scale=None, notes=()):
    """A crack of 50 px, with figures in mm where there is a scale."""
    mm = {} if scale is None else {"length_mm": 50 * scale, "max_width_mm": width_px * scale}
    return Crack(
        number=number,
        box=Box(0, 0, 1, 1),
        mask=MASK,
        area_px=1,
        length_px=50.0,
        **{f"{kind}_width_px": width_px for kind in ("mean", "median", "p95", "max")},
        max_width_at=(0.0, 0.0),
        orientation_deg=0.0,
        mean_probability=0.9,
        peak_probability=1.0,
        centreline=(),
        notes=notes,
        **mm,
    )


def photo(name, *cracks, scale=None, remark=None):
    return Inspection(
        photo=PhotoRecord(name, 10, 10),
        model=MODEL,
        verdict=CRACK if cracks else NO_CRACK,
        coverage=0.01 * len(cracks),
        cracks=cracks,
        scale_mm_per_px=scale,
        scale_remark=remark,
    )


def cracked(name, *, width_px=2.0, scale=None, remark=None):
    found = crack(1, width_px=width_px, scale=scale)
    return photo(name, found, scale=scale, remark=remark)


def text_of(*inspections):
    summary = TerminalSummary()
    for inspection in inspections:
        summary.add(inspection)
    return summary.text()


def shown(text):
    """Names and widest cracks of the table, from top to bottom."""
    return re.findall(r"^(\S+\.jpg) .* (\S+ (?:px|mm))$", text, re.MULTILINE)


def test_the_table_is_in_millimetres_and_ordered_by_them_where_every_crack_has_them():
    near = cracked("near.jpg", width_px=9.0, scale=0.1)
    far = cracked("far.jpg", width_px=2.0, scale=1.0)
    text = text_of(near, photo("free.jpg", remark="dark"), far)
    assert shown(text) == [("far.jpg", "2.00 mm"), ("near.jpg", "0.90 mm")]
    assert "widest 2.00 mm (far.jpg, crack 1)" in text


def test_the_table_is_in_pixels_and_ordered_by_them_where_a_crack_has_no_millimetres():
    near = cracked("near.jpg", width_px=9.0, scale=0.1)
    far = cracked("far.jpg", width_px=2.0, scale=100.0)
    plain = cracked("plain.jpg", width_px=5.0)
    text = text_of(near, far, plain)
    assert shown(text) == [("near.jpg", "9.0 px"), ("plain.jpg", "5.0 px"), ("far.jpg", "2.0 px")]
    assert " mm " not in text.partition("\n\n")[0]


@pytest.mark.parametrize("scaled", [True, False])
def test_the_widest_of_many_are_shown_in_either_unit(scaled):
    scales = [0.01 * (n + 1) if scaled else None for n in range(30)]
    text = text_of(*(cracked(f"{n}.jpg", width_px=30.0 - n, scale=scale) for n, scale in enumerate(scales)))
    # In mm (30 - n)(n + 1) / 100, greatest at n = 14 and 15, of which the first comes first.
    first = ("14.jpg", "2.40 mm") if scaled else ("0.jpg", "30.0 px")
    assert shown(text)[0] == first
    assert len(shown(text)) == MOST_SHOWN
    assert "and 20 more photos with cracks" in text


def test_photos_without_a_scale_are_named_with_the_first_reason():
    remark = "there are no mm: scales.csv has no line for this photo."
    text = text_of(
        cracked("a.jpg", scale=0.2),
        *(cracked(f"{n}.jpg", remark=remark) for n in "bcd"),
        photo("e.jpg", remark="too oblique."),
    )
    assert text.splitlines()[-1] == (
        "4 photos have no mm, 3 of them with cracks (b.jpg, c.jpg, d.jpg and 1 more): scales.csv has no line"
        " for this photo. Other reasons for 1 of them."
    )


def test_one_photo_without_a_scale_is_one():
    text = text_of(cracked("a.jpg", scale=0.2), cracked("b.jpg", remark="no marker was found."))
    assert text.splitlines()[-1] == "1 photo has no mm (b.jpg): no marker was found."


def test_where_no_scale_was_looked_for_nothing_is_said_of_it():
    assert "no mm" not in text_of(photo("a.jpg"), cracked("b.jpg", scale=0.2))


def test_cracks_too_far_from_the_markers_are_counted():
    far = crack(2, width_px=3.0, notes=(SCALE_UNSURE,))
    both = photo("a.jpg", crack(1, width_px=2.0, scale=0.5), far, scale=0.5)
    text = text_of(both)
    assert text.splitlines()[-1] == "1 crack without figures in mm, for the scale is too unsure there."
    assert shown(text) == [("a.jpg", "3.0 px")]
