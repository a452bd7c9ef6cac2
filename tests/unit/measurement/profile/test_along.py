"""Widths along cracks, from the photo."""

import math

import numpy as np
import pytest

from crackscope.imaging.colour import to_grey
from crackscope.imaging.synthetic import draw_mask, draw_photo, straight_crack
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.profile.along import PhotoWidths, widths_in_photo
from crackscope.measurement.profile.sampling import HALF_SAMPLES, Crossings, other_cracks, sample_photo

DARK = (0.88, 0.98)


def crossings_of(start, end, mask_width, *, apart=4.0, margin=14.0):
    """Places along a straight line, away from its ends."""
    start, end = np.array(start, float), np.array(end, float)
    length = np.hypot(*(end - start))
    along = (end - start) / length
    at = np.arange(margin, length - margin, apart)
    normals = np.tile(along[::-1] * (-1.0, 1.0), (len(at), 1))
    return Crossings(start + at[:, None] * along, normals, np.full(len(at), float(mask_width)))


def look(grey, crossings, *, hidden=None, crack_of=None):
    count = len(crossings.points)
    hidden = np.zeros((count, 2 * HALF_SAMPLES + 1), bool) if hidden is None else hidden
    return widths_in_photo(grey, crossings, hidden, np.zeros(count, int) if crack_of is None else crack_of)


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0, 4.0, 9.0, 20.0])
@pytest.mark.parametrize("angle_deg", [0, 17, 45, 72, 90, 123])
def test_a_drawn_crack_has_its_width_at_every_angle(width, angle_deg):
    along = np.array([-math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))])
    middle = np.array([80.3, 79.8])
    start, end = middle - 60 * along, middle + 60 * along
    photo = draw_photo(
        height=160,
        width=160,
        seed=angle_deg,
        cracks=[straight_crack(tuple(start), tuple(end), width)],
        darkness=DARK,
        blur_sigma_px=1.0,
    )
    found = look(to_grey(photo.pixels), crossings_of(start, end, max(width, 3), margin=14 + width / 2))
    assert np.isfinite(found.widths_px).mean() > 0.8
    error = found.widths_px - width
    assert np.nanmean(np.abs(error)) < (0.15 if width >= 2 else 0.25)
    assert abs(np.nanmean(error)) < 0.15
    assert (found.fit_sd_px[np.isfinite(found.widths_px)] > 0).all()


def test_a_wide_place_tells_how_dark_the_narrow_places_of_its_crack_are():
    """A grey crack: alone, its narrow part looks narrower than it is."""
    wide, narrow = ((80, 20), (80, 150)), ((80, 160), (80, 300))
    photo = draw_photo(
        height=160,
        width=320,
        seed=2,
        cracks=[straight_crack(*wide, 9.0), straight_crack(*narrow, 1.5)],
        darkness=(0.6, 0.6001),
        blur_sigma_px=0.8,
        noise_sigma=1.0,
    )
    grey = to_grey(photo.pixels)
    places = [crossings_of(*wide, 9), crossings_of(*narrow, 3)]
    both = Crossings(
        *(
            np.concatenate([getattr(each, name) for each in places])
            for name in ("points", "normals", "widths_px")
        )
    )
    count = len(places[0].points)
    own = (np.arange(len(both.points)) >= count).astype(int)
    alone = look(grey, both, crack_of=own).widths_px[count:]
    together = look(grey, both).widths_px[count:]
    assert np.nanmedian(alone) < 1.15
    assert np.nanmedian(together) == pytest.approx(1.5, abs=0.2)


def test_another_branch_beside_a_place_is_not_looked_at():
    own, other = ((40, 10), (40, 150)), ((31, 10), (31, 150))
    mask = draw_mask([straight_crack(*own, 4), straight_crack(*other, 6)], height=80, width=160)
    crossings = crossings_of(*own, 4)
    hidden = other_cracks(Canvas.from_mask(mask), crossings)
    row = hidden[len(hidden) // 2]
    assert not row[: HALF_SAMPLES + 4].any()  # the normal points up
    assert row[HALF_SAMPLES + 6 : HALF_SAMPLES + 12].all()
    assert not row[HALF_SAMPLES + 14 :].any()


def test_a_line_a_little_beside_its_mask_hides_nothing_of_its_own():
    mask = draw_mask([straight_crack((42, 10), (42, 150), 2)], height=80, width=160)
    assert not other_cracks(Canvas.from_mask(mask), crossings_of((40, 10), (40, 150), 2)).any()


def test_profiles_end_where_the_photo_ends():
    grey = np.tile(np.arange(60, dtype=np.uint8)[:, None], (1, 100))
    crossings = crossings_of((5, 0), (5, 100), 2)
    values = sample_photo(grey, crossings)
    assert np.isnan(values[:, HALF_SAMPLES + 6 :]).all()  # the normal points up
    np.testing.assert_allclose(values[2:-2, HALF_SAMPLES], 5.0)
    np.testing.assert_allclose(values[2:-2, 0], 5.0 + HALF_SAMPLES)


def test_samples_lie_further_apart_where_the_mask_is_wide():
    grey = np.tile(np.arange(200, dtype=np.uint8)[:, None], (1, 100))
    values = sample_photo(grey, crossings_of((100, 0), (100, 100), 28))
    np.testing.assert_allclose(values[3], 100 - 2.0 * np.arange(-HALF_SAMPLES, HALF_SAMPLES + 1))


@pytest.mark.parametrize("level", [0, 4, 255])
def test_a_black_or_saturated_photo_tells_nothing(level):
    grey = np.full((80, 160), level, np.uint8)
    grey[40:43] = max(0, level - 3)
    found = look(grey, crossings_of((41, 0), (41, 160), 3))
    assert np.isnan(found.widths_px).all()
    assert np.isnan(found.fit_sd_px).all()


def test_no_places_give_no_widths():
    nothing = Crossings(np.empty((0, 2)), np.empty((0, 2)), np.empty(0))
    found = look(np.zeros((9, 9), np.uint8), nothing)
    assert isinstance(found, PhotoWidths)
    assert found.widths_px.size == found.fit_sd_px.size == 0
