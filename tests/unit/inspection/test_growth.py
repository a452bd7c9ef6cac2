import json
import re

import numpy as np
import pytest

from crackscope.errors import CrackscopeError, RegistrationError
from crackscope.imaging.photo import Photo
from crackscope.inspection.growth import compare_photos
from crackscope.inspection.inspector import Inspector
from crackscope.inspection.marker_scale import MarkerScale
from crackscope.measurement.scale import Scale
from crackscope.reports.growth_picture import change_text, draw_growth
from drawn_pair import MOVED, drawn, wavy

START, END = (90, 60), (300, 500)


def photo(cracks, name, **given):
    return Photo.from_array(drawn(cracks, **given), name=name)


@pytest.fixture(scope="module")
def inspector():
    return Inspector(threads=2)


@pytest.fixture(scope="module")
def grown(inspector):
    """A crack that got 1 px wider, photographed at 0.1 mm/px, from elsewhere; and a new one."""
    before = photo([wavy(START, END, 3.0)], "before.jpg")
    new = wavy((370, 60), (350, 420), 3.0, seed=3)
    after = photo([wavy(START, END, 4.0), new], "after.jpg", noise_seed=1, view=MOVED)
    return before, after, compare_photos(before, after, inspector, scale=Scale(0.1, 0.002))


def test_a_tenth_of_a_millimetre_is_seen_at_a_tenth_of_a_millimetre_per_pixel(grown):
    _, _, growth = grown
    first = growth.cracks[0]
    assert first.kind == "grown"
    assert first.width_change_mm == pytest.approx(0.1, abs=0.015)
    assert first.width_change_mm > 3 * first.width_change_sigma_mm
    assert first.width_change_px == pytest.approx(10 * first.width_change_mm)
    assert first.length_before_mm == pytest.approx(first.length_before_px / 10)
    assert re.fullmatch(r"grown: 0\.(09|10|11) mm wider", change_text(first))


def test_a_new_crack_is_named_with_its_length(grown):
    _, _, growth = grown
    (new,) = [crack for crack in growth.cracks if crack.kind == "new"]
    assert (new.before, new.width_change_px) == ((), None)
    assert new.length_change_px == pytest.approx(361, rel=0.1)
    assert change_text(new).startswith("new: 3")


def test_a_comparison_is_plain_json(grown):
    _, _, growth = grown
    document = json.loads(json.dumps(growth.to_document(), allow_nan=False))
    assert (document["before"]["name"], document["scale_mm_per_px"]) == ("before.jpg", 0.1)
    assert [crack["kind"] for crack in document["cracks"]] == [crack.kind for crack in growth.cracks]


def test_between_two_noisy_copies_nothing_is_reported(inspector):
    cracks = [wavy(START, END, 2.0), wavy((370, 60), (350, 420), 3.0, seed=3)]
    for surface in ("concrete", "asphalt"):
        before, after = (
            photo(cracks, name, surface=surface, noise_seed=seed, noise=4.0)
            for name, seed in (("before", 0), ("after", 1))
        )
        growth = compare_photos(before, after, inspector, scale=0.1)
        assert growth.cracks
        assert {crack.kind for crack in growth.cracks} == {"unchanged"}


def test_a_comparison_without_scale_is_in_pixels(inspector):
    crack = [wavy(START, END, 3.0)]
    growth = compare_photos(
        photo(crack, "a"), photo(crack, "b", noise_seed=1), inspector, scale=MarkerScale(50)
    )
    assert growth.cracks[0].width_change_mm is None
    assert "marker" in growth.before.scale_remark
    assert growth.cracks[0].width_before_px == pytest.approx(3.0, abs=0.3)


def test_photos_of_two_walls_are_refused_by_name(inspector):
    crack = [wavy(START, END, 3.0)]
    with pytest.raises(RegistrationError, match=r"north\.jpg and south\.jpg: the photos do not seem"):
        compare_photos(photo(crack, "north.jpg"), photo(crack, "south.jpg", seed=77), inspector)


def test_a_classifier_cannot_tell_growth(dark_classifier_file):
    crack = [wavy(START, END, 3.0)]
    with pytest.raises(CrackscopeError, match="growth needs one that finds them"):
        compare_photos(photo(crack, "a"), photo(crack, "b"), Inspector(dark_classifier_file, threads=1))


def test_the_picture_shows_both_photos_and_marks_what_is_new(grown):
    before, after, growth = grown
    picture = draw_growth(before.pixels, after.pixels, growth)
    plain = draw_growth(before.pixels, after.pixels, growth.__class__(**_without_cracks(growth)))
    assert picture.dtype == np.uint8
    assert picture.shape[1] >= before.width
    assert picture.shape[0] > plain.shape[0]  # a legend
    assert (picture[: plain.shape[0]] != plain).any(axis=2).mean() > 0.005


def _without_cracks(growth):
    return {name: getattr(growth, name) for name in growth.__slots__} | {"cracks": ()}
